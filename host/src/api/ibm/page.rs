use super::body::invalid;
use crate::api::vault::Fault;
use crate::api::vault::{Request, query_pairs};

/// Which part of a list is asked for: the query parameters `limit`, `offset` and `search`.
pub(super) struct Page {
    pub(super) limit: usize,
    pub(super) offset: usize,
    pub(super) search: String,
    pub(super) sort_by: String,
}

impl Page {
    /// With this many where the request does not say, and at most `max`.
    pub(super) fn of(request: &Request, usual: usize, max: usize) -> Result<Self, Fault> {
        let text = |name: &str| {
            let found = query_pairs(request.uri()).find(|(key, _)| key == name);
            found.map_or(String::new(), |(_, value)| value.into_owned())
        };
        let number = |name: &str, usual: usize| match text(name).as_str() {
            "" => Ok(usual),
            number => number
                .parse()
                .map_err(|_| invalid(name, "a number that is not negative")),
        };
        let limit = number("limit", usual)?;
        if !(1..=max).contains(&limit) {
            return Err(invalid("limit", &format!("a number from 1 to {max}")));
        }
        Ok(Self {
            limit,
            offset: number("offset", 0)?,
            search: text("search"),
            sort_by: text("sort_by"),
        })
    }
}
