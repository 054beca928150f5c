//! Resource names in paths.

/// `projects/P/locations/L/workflows/W`
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct WorkflowName {
    pub(super) project: String,
    pub(super) location: String,
    pub(super) workflow: String,
}

impl WorkflowName {
    /// The name of an execution of this workflow, with project and location as the client wrote them.
    pub(super) fn execution(&self, id: &str) -> String {
        format!(
            "projects/{}/locations/{}/workflows/{}/executions/{id}",
            self.project, self.location, self.workflow
        )
    }
}

/// What a path names.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Resource {
    /// `…/executions`
    Executions { parent: WorkflowName },
    /// `…/executions/E` or `…/executions/E:verb`
    Execution { parent: WorkflowName, execution: String, verb: Option<String> },
    /// `…/executions/E/callbacks`
    Callbacks { parent: WorkflowName, execution: String },
    /// `…/executions/E/callbacks/C`
    Callback { parent: WorkflowName, execution: String, callback: String },
}

/// Takes a path apart. Segments are percent-decoded first; a verb is split off the last one afterwards.
pub(super) fn parse(path: &str) -> Option<Resource> {
    let segments: Vec<String> =
        path.strip_prefix("/v1/")?.split('/').map(percent_decode).collect::<Option<_>>()?;
    let segments: Vec<&str> = segments.iter().map(String::as_str).collect();
    let ["projects", project, "locations", location, "workflows", workflow, "executions", rest @ ..] =
        segments.as_slice()
    else {
        return None;
    };
    let parent = WorkflowName {
        project: (*project).to_owned(),
        location: (*location).to_owned(),
        workflow: (*workflow).to_owned(),
    };
    match rest {
        [] => Some(Resource::Executions { parent }),
        [execution] => {
            let (id, verb) = match execution.split_once(':') {
                Some((id, verb)) => (id, Some(verb.to_owned())),
                None => (*execution, None),
            };
            Some(Resource::Execution { parent, execution: id.to_owned(), verb })
        }
        [execution, "callbacks"] => Some(Resource::Callbacks { parent, execution: (*execution).to_owned() }),
        [execution, "callbacks", callback] => Some(Resource::Callback {
            parent,
            execution: (*execution).to_owned(),
            callback: (*callback).to_owned(),
        }),
        _ => None,
    }
}

/// Decodes `%XX`; nothing when that is malformed or no UTF-8.
pub(super) fn percent_decode(text: &str) -> Option<String> {
    let mut bytes = Vec::with_capacity(text.len());
    let mut rest = text.bytes();
    while let Some(byte) = rest.next() {
        if byte == b'%' {
            let digits = [rest.next()?, rest.next()?];
            let digits = std::str::from_utf8(&digits).ok()?;
            bytes.push(u8::from_str_radix(digits, 16).ok()?);
        } else {
            bytes.push(byte);
        }
    }
    String::from_utf8(bytes).ok()
}

/// The pairs of a query string, with `+` as a blank.
pub(super) fn query_pairs(query: Option<&str>) -> Vec<(String, String)> {
    let decode = |text: &str| percent_decode(&text.replace('+', " ")).unwrap_or_else(|| text.to_owned());
    query
        .unwrap_or_default()
        .split('&')
        .filter(|pair| !pair.is_empty())
        .map(|pair| {
            let (key, value) = pair.split_once('=').unwrap_or((pair, ""));
            (decode(key), decode(value))
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn takes_names_apart() {
        let parent =
            WorkflowName { project: "p".to_owned(), location: "l".to_owned(), workflow: "w".to_owned() };
        let base = "/v1/projects/p/locations/l/workflows/w/executions";
        assert_eq!(parse(base), Some(Resource::Executions { parent: parent.clone() }));
        assert_eq!(
            parse(&format!("{base}/e:cancel")),
            Some(Resource::Execution {
                parent: parent.clone(),
                execution: "e".to_owned(),
                verb: Some("cancel".to_owned())
            })
        );
        assert_eq!(
            parse(&format!("{base}/e%3Acancel"))
                .map(|r| matches!(r, Resource::Execution { verb: Some(_), .. })),
            Some(true)
        );
        assert_eq!(
            parse(&format!("{base}/e/callbacks/c")),
            Some(Resource::Callback { parent, execution: "e".to_owned(), callback: "c".to_owned() })
        );
        assert_eq!(parse("/v1/projects/p"), None);
        assert_eq!(parse(&format!("{base}/%zz")), None);
    }

    #[test]
    fn reads_queries() {
        let pairs = query_pairs(Some("a=1&b=x+y%20z&c&&d="));
        let expected = [("a", "1"), ("b", "x y z"), ("c", ""), ("d", "")];
        assert_eq!(pairs, expected.map(|(k, v)| (k.to_owned(), v.to_owned())));
        assert!(query_pairs(None).is_empty());
    }
}
