//! By which name the service was called, and from which web page.
//!
//! A page on the internet can point a name of its own at 127.0.0.1 and so make a browser call a
//! service on that machine (DNS rebinding): a name that is not ours is refused, on loopback too. A
//! browser says where a page comes from (`Origin`): pages that were not allowed are refused before
//! anything is done, whatever the method.

use axum::http::{HeaderMap, Uri, header};
use chatsignal_api::error::ErrorCode;

use crate::service::config::Config;
use crate::service::error::ApiError;

/// The names and origins that are allowed.
#[derive(Clone, Debug)]
pub(crate) struct Hosts {
    names: Vec<String>,
    any_name: bool,
    origins: Vec<String>,
}

impl Hosts {
    pub(crate) fn new(config: &Config) -> Self {
        let ip = config.listen.ip();
        let mut names: Vec<String> =
            config.allowed_hosts.iter().map(|name| name.to_ascii_lowercase()).collect();
        if ip.is_loopback() {
            names.extend(["localhost", "127.0.0.1", "::1"].map(str::to_owned));
        }
        if !ip.is_unspecified() {
            names.push(ip.to_string());
        }
        Self {
            any_name: config.allowed_hosts.iter().any(|name| name == "*"),
            names,
            origins: config.cors_origins.clone(),
        }
    }

    /// Refuses names and origins that are not allowed.
    pub(crate) fn check(&self, uri: &Uri, headers: &HeaderMap) -> Result<(), ApiError> {
        let refused = |why: &str| ApiError::new(ErrorCode::Forbidden).detail(why);
        let mut hosts = headers.get_all(header::HOST).iter();
        let host = match (uri.authority(), hosts.next(), hosts.next()) {
            (Some(authority), _, None) => authority.as_str(),
            (None, Some(host), None) => host.to_str().unwrap_or_default(),
            _ => return Err(refused("the request names no host, or several")),
        };
        let name = without_port(host);
        let known = self.any_name || self.names.iter().any(|ours| ours.eq_ignore_ascii_case(name));
        if !known {
            return Err(refused(
                "this host name is not allowed: the service is told of its names with --allowed-hosts",
            ));
        }
        let mut origins = headers.get_all(header::ORIGIN).iter();
        let Some(origin) = origins.next() else { return Ok(()) };
        let origin = origin.to_str().unwrap_or("null");
        let same = |scheme: &str| {
            origin.strip_prefix(scheme).is_some_and(|o| o.eq_ignore_ascii_case(host))
        };
        let allowed = self.origins.iter().any(|allowed| allowed == origin)
            || same("http://")
            || same("https://");
        if allowed && origins.next().is_none() {
            return Ok(());
        }
        Err(refused("pages of this origin are not allowed: see --cors-origins"))
    }
}

/// A host without its port; brackets of IPv6 addresses fall away.
fn without_port(host: &str) -> &str {
    if let Some(rest) = host.strip_prefix('[') {
        return rest.split_once(']').map_or("", |(address, _)| address);
    }
    host.split_once(':').map_or(host, |(name, _)| name)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn allowed(hosts: &Hosts, host: &str, origin: Option<&str>) -> bool {
        let mut headers = HeaderMap::new();
        headers.insert(header::HOST, host.parse().expect("a header"));
        if let Some(origin) = origin {
            headers.insert(header::ORIGIN, origin.parse().expect("a header"));
        }
        hosts.check(&Uri::from_static("/livez"), &headers).is_ok()
    }

    #[test]
    fn names_and_origins_of_others_are_refused_on_loopback_too() {
        let hosts = Hosts::new(&Config {
            cors_origins: vec!["https://app.example.com".to_owned()],
            ..Config::default()
        });
        for host in ["localhost", "LOCALHOST:8080", "127.0.0.1:8080", "[::1]:8080"] {
            assert!(allowed(&hosts, host, None), "{host}");
        }
        for host in
            ["evil.example", "localhost.evil.example", "127.0.0.1.evil.example", "", "[::2]"]
        {
            assert!(!allowed(&hosts, host, None), "{host}");
        }
        assert!(allowed(&hosts, "localhost:80", Some("https://app.example.com")));
        assert!(allowed(&hosts, "localhost:80", Some("http://localhost:80")));
        for origin in [
            "null",
            "https://evil.example",
            "http://localhost:81",
            "https://app.example.com.evil.example",
        ] {
            assert!(!allowed(&hosts, "localhost:80", Some(origin)), "{origin}");
        }
    }

    #[test]
    fn a_public_service_has_the_names_that_it_was_given() {
        let mut config =
            Config { allowed_hosts: vec!["Scores.Example.com".to_owned()], ..Config::default() };
        config.listen = "0.0.0.0:80".parse().expect("an address");
        assert!(allowed(&Hosts::new(&config), "scores.example.com", None));
        assert!(!allowed(&Hosts::new(&config), "localhost", None));
        config.allowed_hosts = vec!["*".to_owned()];
        assert!(allowed(&Hosts::new(&config), "anything", None));
    }
}
