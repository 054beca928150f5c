//! Places on a line that keep an order and distances.

/// A wish for a place.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) struct Wish {
    pub(super) x: f64,
    /// How much it counts; positive.
    pub(super) weight: f64,
    /// The least distance from the place before.
    pub(super) gap: f64,
}

/// The places that are nearest to the wishes (least squares), each at least its gap behind the one before.
pub(super) fn spread(wishes: &[Wish]) -> Vec<f64> {
    // Without the gaps this is isotonic regression: neighbours in the wrong order are pooled at their mean.
    struct Pool {
        mean: f64,
        weight: f64,
        count: usize,
    }
    let mut pools: Vec<Pool> = Vec::with_capacity(wishes.len());
    let mut offset = 0.0;
    for (index, wish) in wishes.iter().enumerate() {
        offset += if index == 0 { 0.0 } else { wish.gap };
        let mut pool = Pool { mean: wish.x - offset, weight: wish.weight, count: 1 };
        while let Some(last) = pools.pop_if(|last| last.mean > pool.mean) {
            let weight = last.weight + pool.weight;
            pool.mean = (last.mean * last.weight + pool.mean * pool.weight) / weight;
            pool = Pool { weight, count: pool.count + last.count, ..pool };
        }
        pools.push(pool);
    }
    let means = pools.iter().flat_map(|pool| std::iter::repeat_n(pool.mean, pool.count));
    let mut offset = 0.0;
    wishes
        .iter()
        .zip(means)
        .enumerate()
        .map(|(index, (wish, mean))| {
            offset += if index == 0 { 0.0 } else { wish.gap };
            mean + offset
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(wishes: &[(f64, f64)]) -> Vec<f64> {
        spread(
            &wishes.iter().map(|(x, weight)| Wish { x: *x, weight: *weight, gap: 10.0 }).collect::<Vec<_>>(),
        )
    }

    #[test]
    fn wishes_are_granted_where_there_is_room() {
        assert_eq!(at(&[(0.0, 1.0), (50.0, 1.0)]), [0.0, 50.0]);
        assert_eq!(at(&[(20.0, 1.0), (20.0, 1.0)]), [15.0, 25.0]);
        assert_eq!(at(&[(20.0, 3.0), (20.0, 1.0)]), [17.5, 27.5]);
        assert_eq!(at(&[]), Vec::<f64>::new());
    }
}
