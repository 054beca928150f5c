//! "Did you mean …?": the nearest of the known names.

/// Longer names are not worth comparing.
const MAX_CHARS: usize = 64;

/// The candidate that `wrong` was most likely meant to be; the first of equally near ones.
pub(crate) fn nearest<'c>(wrong: &str, candidates: impl IntoIterator<Item = &'c str>) -> Option<&'c str> {
    let wrong_chars: Vec<char> = wrong.chars().take(MAX_CHARS + 1).collect();
    if wrong_chars.is_empty() || wrong_chars.len() > MAX_CHARS {
        return None;
    }
    let limit = (wrong_chars.len() / 3).clamp(1, 3);
    let mut best: Option<(usize, &str)> = None;
    for candidate in candidates {
        if candidate == wrong || candidate.len().abs_diff(wrong.len()) > limit * 4 {
            continue;
        }
        let bound = best.map_or(limit, |(distance, _)| distance.saturating_sub(1));
        if let Some(distance) = distance(&wrong_chars, candidate, bound) {
            best = Some((distance, candidate));
            if distance == 0 {
                break;
            }
        }
    }
    best.map(|(_, name)| name)
}

/// Help text that proposes the nearest candidate.
pub(crate) fn did_you_mean<'c>(wrong: &str, candidates: impl IntoIterator<Item = &'c str>) -> Option<String> {
    nearest(wrong, candidates).map(|name| format!("did you mean `{name}`?"))
}

/// Edits (insert, delete, replace, swap neighbours) from one name to the other, case ignored; `None` above `bound`.
fn distance(wrong: &[char], candidate: &str, bound: usize) -> Option<usize> {
    let fold = |c: char| c.to_ascii_lowercase();
    let candidate: Vec<char> = candidate.chars().take(MAX_CHARS + 1).map(fold).collect();
    if candidate.len() > MAX_CHARS || candidate.len().abs_diff(wrong.len()) > bound {
        return None;
    }
    let mut before: Vec<usize> = Vec::new();
    let mut above: Vec<usize> = (0..=candidate.len()).collect();
    let mut last: Option<char> = None;
    for (row, w) in wrong.iter().copied().map(fold).enumerate() {
        let mut current = vec![row + 1];
        let mut left = row + 1;
        for (column, (c, pair)) in candidate.iter().zip(above.windows(2)).enumerate() {
            let (diagonal, up) = (pair.first().copied()?, pair.last().copied()?);
            let mut cost = (diagonal + usize::from(*c != w)).min(up + 1).min(left + 1);
            let swapped = column.checked_sub(1).and_then(|i| Some((candidate.get(i)?, before.get(i)?)));
            if let Some((previous, start)) = swapped
                && *previous == w
                && last == Some(*c)
            {
                cost = cost.min(start + 1);
            }
            current.push(cost);
            left = cost;
        }
        before = std::mem::replace(&mut above, current);
        last = Some(w);
    }
    above.last().copied().filter(|distance| *distance <= bound)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn near_names_are_found_and_far_ones_are_not() {
        let names = ["http.get", "http.post", "text.split", "sys.log", "len"];
        assert_eq!(nearest("http.gte", names), Some("http.get"));
        assert_eq!(nearest("text.spilt", names), Some("text.split"));
        assert_eq!(nearest("SYS.LOG", names), Some("sys.log"));
        assert_eq!(nearest("ln", names), Some("len"));
        assert_eq!(nearest("database.query", names), None);
        assert_eq!(nearest("", names), None);
        assert_eq!(nearest(&"x".repeat(1000), names), None);
    }

    #[test]
    fn a_swap_is_one_edit() {
        let wrong: Vec<char> = "itme".chars().collect();
        assert_eq!(distance(&wrong, "item", 3), Some(1));
        assert_eq!(distance(&wrong, "items", 3), Some(2));
        assert_eq!(distance(&wrong, "elsewhere", 3), None);
    }
}
