//! Whether a template allows what somebody asks for.

use super::hostname::{is_hostname, is_uri, matches, within};
use super::order::other_name;
use super::{Order, Template, refused};
use crate::engine::EngineError;
use crate::engine::span::Span;
use crate::x509::{Names, Request};

/// What a certificate will say of whom it names.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(super) struct Holder {
    pub(super) common_name: Option<String>,
    pub(super) names: Names,
}

/// Who asks, and for a secret of which group.
#[derive(Debug, Clone, Copy)]
pub(super) struct Asking<'a> {
    pub(super) author: &'a str,
    /// `default`, or an identifier.
    pub(super) group: &'a str,
}

impl Holder {
    /// The names of hosts that verifiers may compare, the common name too.
    pub(super) fn hosts(&self) -> Names {
        let mut names = self.names.clone();
        if let Some(name) = self.common_name.as_deref().filter(|name| name.contains('.')) {
            include(&mut names, name);
        }
        names
    }
}

impl Template {
    /// What a certificate says that is ordered by this template.
    pub(super) fn holder(
        &self,
        order: &Order,
        request: Option<&Request>,
        asking: Asking<'_>,
    ) -> Result<Holder, EngineError> {
        self.check_group(asking.group)?;
        if let Some(request) = request
            && !self.key.fits(request.kind)
        {
            let wanted = self.key.label();
            return Err(refused(format!(
                "the csr's key must be {wanted}, as the certificate template has it"
            )));
        }
        let mut holder = self.asked(order, request)?;
        if self.require_cn && holder.common_name.is_none() {
            return Err(refused("common_name is required by the certificate template"));
        }
        self.check_names(&holder, asking.author)?;
        if let Some(name) = &holder.common_name
            && !order.exclude_cn_from_sans
        {
            include(&mut holder.names, name);
        }
        Ok(holder)
    }

    /// How long a certificate counts.
    pub(super) fn lifetime(&self, order: &Order) -> Result<Span, EngineError> {
        match order.ttl {
            None => Ok(Span::from_secs(self.ttl)),
            Some(ttl) if ttl < Span::from_secs(1) => Err(refused("ttl must be at least one second")),
            Some(ttl) if ttl > self.longest() => Err(refused(format!(
                "ttl must not be longer than the certificate template's max_ttl of {} seconds",
                self.max_ttl
            ))),
            Some(ttl) => Ok(ttl),
        }
    }

    fn check_group(&self, group: &str) -> Result<(), EngineError> {
        let all = self.allowed_secret_groups.is_empty();
        match all
            || self
                .allowed_secret_groups
                .iter()
                .any(|allowed| allowed.eq_ignore_ascii_case(group))
        {
            true => Ok(()),
            false => Err(refused(
                "the certificate template is not for secrets of this secret group",
            )),
        }
    }

    fn asked(&self, order: &Order, request: Option<&Request>) -> Result<Holder, EngineError> {
        let of_request = request.filter(|_| self.use_csr_common_name);
        let common_name = match of_request {
            Some(request) => request.common_name.clone(),
            None => order.common_name.clone(),
        };
        let names = match request.filter(|_| self.use_csr_sans) {
            Some(request) => request.names.clone(),
            None => order.names()?,
        };
        let common_name = common_name.filter(|name| !name.is_empty());
        Ok(Holder { common_name, names })
    }

    fn check_names(&self, holder: &Holder, author: &str) -> Result<(), EngineError> {
        if let Some(name) = &holder.common_name {
            if name.chars().count() > 64 {
                return Err(refused("common_name must have at most 64 characters (RFC 5280)"));
            }
            self.check_name("common_name", name, author)?;
        }
        let names = holder.names.dns.iter().chain(&holder.names.emails);
        for name in names {
            self.check_name("alt_names", name, author)?;
        }
        if !self.allow_ip_sans && !holder.names.ips.is_empty() {
            return Err(refused(
                "ip_sans: the certificate template allows no IP addresses",
            ));
        }
        for uri in &holder.names.uris {
            if !self.allowed_uri_sans.iter().any(|pattern| matches(pattern, uri)) {
                return Err(not_allowed("uri_sans", uri));
            }
            if !is_uri(uri) {
                return Err(refused(format!("uri_sans: {uri:?} is no URI with a scheme")));
            }
        }
        for (oid, value) in &holder.names.others {
            let allowed = self
                .allowed_other_sans
                .iter()
                .any(|pattern| match other_name(pattern) {
                    Ok((known, values)) => known == *oid && matches(&values, value),
                    Err(_) => pattern == "*",
                });
            if !allowed {
                return Err(not_allowed("other_sans", &format!("{oid}:UTF8:{value}")));
            }
        }
        Ok(())
    }

    /// Checks a name of a host or an address of email.
    fn check_name(&self, field: &str, name: &str, author: &str) -> Result<(), EngineError> {
        let lower = name.to_ascii_lowercase();
        let host = match lower.split_once('@') {
            Some((user, host)) if !user.is_empty() && !host.contains('@') => host,
            Some(_) => return Err(not_allowed(field, name)),
            None => &lower,
        };
        if self.enforce_hostnames && !is_hostname(host) {
            return Err(refused(format!("{field}: {name:?} is no hostname")));
        }
        let local = self.allow_localhost && ["localhost", "localdomain"].contains(&host);
        let allowed = self.allow_any_name || local || {
            let domains = self.allowed_domains.iter();
            domains
                .filter_map(|domain| self.domain(domain, author))
                .any(|domain| self.covers(&domain, host))
        };
        if allowed {
            Ok(())
        } else {
            Err(not_allowed(field, name))
        }
    }

    /// A domain with who asks put in; `None` where it can't be one.
    fn domain(&self, domain: &str, author: &str) -> Option<String> {
        let domain = domain.to_ascii_lowercase();
        if !self.allowed_domains_template {
            return Some(domain);
        }
        // A name with anything else in it could pretend to be a pattern.
        let author =
            Some(author.to_ascii_lowercase()).filter(|author| is_hostname(author) && !author.contains('*'));
        let filled = domain.replace("{{identity.entity.name}}", &author?);
        (!filled.contains("{{")).then_some(filled)
    }

    fn covers(&self, domain: &str, host: &str) -> bool {
        let wild = host.strip_prefix("*.");
        let bare = self.allow_bare_domains && host == domain;
        let below = |host: &str| host != domain && within(host, domain);
        let inside = self.allow_subdomains && (below(host) || wild == Some(domain));
        bare || inside || self.allow_glob_domains && domain.contains('*') && matches(domain, host)
    }
}

/// The common name as an alternative name, if it can be one.
fn include(names: &mut Names, name: &str) {
    let list = match name {
        name if name.contains('@') => &mut names.emails,
        name if is_hostname(name) => &mut names.dns,
        _ => return,
    };
    if !list.iter().any(|known| known == name) {
        list.insert(0, name.to_owned());
    }
}

fn not_allowed(field: &str, name: &str) -> EngineError {
    refused(format!(
        "{field}: {name} is not allowed by the certificate template"
    ))
}
