//! Settings of the service: every address, folder and limit by name.
//!
//! Each has a default, so that none must be given. A flag `--body-bytes-max`, a variable
//! `CHATSIGNAL_BODY_BYTES_MAX` and a line `body_bytes_max` of the TOML file are the same setting;
//! the flag goes before the variable, the variable before the file. What is wrong is reported all
//! at once.

mod layers;
mod value;

use std::net::{IpAddr, SocketAddr};
use std::path::PathBuf;
use std::time::Duration;

pub use layers::{ConfigErrors, Layers};
pub use value::LogFormat;

use tracing_subscriber::EnvFilter;

use super::trace::Endpoint;
use value::Value;

/// Most threads or connections that may be configured.
const THREADS_MAX: usize = 1_024;

/// One setting.
#[derive(Clone, Copy, Debug)]
pub struct Spec {
    /// Name in the file; with dashes it is the flag, in capitals behind `CHATSIGNAL_` the variable.
    pub name: &'static str,
    /// What holds when nothing is given.
    pub default: &'static str,
    /// What it means.
    pub about: &'static str,
}

impl Spec {
    /// The environment variable.
    #[must_use]
    pub fn variable(&self) -> String {
        format!("CHATSIGNAL_{}", self.name.to_ascii_uppercase())
    }

    /// The flag, without dashes in front.
    #[must_use]
    pub fn flag(&self) -> String {
        self.name.replace('_', "-")
    }
}

macro_rules! settings {
    ($($name:ident: $type:ty = $default:literal, $about:literal;)+) => {
        /// The settings, checked.
        #[derive(Clone, Debug)]
        pub struct Config {
            $(#[doc = $about] pub $name: $type,)+
        }

        /// Every setting.
        pub const SETTINGS: &[Spec] = &[
            $(Spec { name: stringify!($name), default: $default, about: $about },)+
        ];

        impl Config {
            /// Reads every value by its name; what is wrong goes to `fault` with the name, and the
            /// default stands in.
            fn read(text: impl Fn(&str) -> Option<String>, mut fault: impl FnMut(&str, String)) -> Self {
                Self {
                    $($name: {
                        let name = stringify!($name);
                        let given = text(name).map(|text| <$type as Value>::parse(&text));
                        let value = match given {
                            Some(Ok(value)) => Ok(value),
                            Some(Err(rule)) => {
                                fault(name, rule);
                                <$type as Value>::parse($default)
                            }
                            None => <$type as Value>::parse($default),
                        };
                        match value {
                            Ok(value) => value,
                            Err(rule) => unreachable!("the default of {name}: {rule}"),
                        }
                    },)+
                }
            }
        }
    };
}

settings! {
    listen: SocketAddr = "127.0.0.1:8080", "Address and port to listen on; port 0 takes a free one";
    db: PathBuf = "chatsignal.db", "Database file; it is made when there is none";
    models: Option<PathBuf> = "", "Folder of the models [default: the database's name with .models]";
    tenant: String = "default", "Tenant of requests on a loopback address while there are no API keys";
    allowed_hosts: Vec<String> = "", "Further names by which clients reach the service, separated by commas; * allows any";
    cors_origins: Vec<String> = "", "Origins of web pages that may call the service, separated by commas, like https://app.example.com";
    threads: usize = "0", "Threads that answer requests; 0 = one for each processor";
    connections_max: usize = "1024", "Connections at a time; further ones wait";
    connections_per_address_max: usize = "256", "Connections at a time from one address; further ones are closed";
    header_timeout_ms: Duration = "5000", "Time for the head of a request, and longest silence between two requests";
    body_timeout_ms: Duration = "10000", "Time for the body of a request";
    body_bytes_max: usize = "4194304", "Longest body, bytes";
    audio_bytes_max: usize = "26214400", "Longest recording of an upload, bytes";
    write_timeout_ms: Duration = "10000", "Longest time that a client may take nothing of an answer";
    request_timeout_ms: Duration = "30000", "Time for an answer";
    drain_timeout_ms: Duration = "30000", "Time for requests in flight when the service is told to stop";
    batch_items_max: usize = "1000", "Items of one batch";
    events_per_item_max: usize = "10000", "Events inside one request";
    score_concurrency: usize = "256", "Single scores at a time; further ones are refused";
    log_concurrency: usize = "0", "Single scores that read the log or fold events, waiting (first come, first served) or working (one for each processor); further ones are refused; 0 = four for each processor";
    batch_concurrency: usize = "0", "Batches, waiting (first come, first served) or working (one for each processor); further ones are refused; 0 = two for each processor";
    io_concurrency: usize = "64", "Requests at a time that read or write the database only; further ones are refused";
    ingest_concurrency: usize = "16", "Streams of events at a time; further ones are refused";
    upload_concurrency: usize = "16", "Uploads of recordings at a time; further ones are refused";
    webhook_concurrency: usize = "256", "Webhook deliveries at a time; further ones are refused";
    tenant_share_percent: usize = "75", "Share of the places of each class that one of several tenants may take, percent";
    events_bytes_max: usize = "268435456", "Longest stream of events, bytes";
    events_lines_max: usize = "1000000", "Lines of one stream of events";
    events_rate_min: usize = "1024", "Slowest that a stream of events may come, bytes a second on average";
    streams_max: usize = "256", "Readers of live score changes and jobs at a time; further ones are refused";
    streams_per_tenant_max: usize = "64", "Readers of one tenant's live score changes and jobs at a time; further ones are refused";
    train_concurrency: usize = "1", "Training jobs at a time; further ones wait in the queue";
    train_threads: usize = "0", "Threads of one training job; 0 = one less than there are processors";
    job_lease_ms: Duration = "15000", "Time after which a training job is taken from a process that gives no sign of life";
    rate_limit_per_s: u32 = "5000", "Requests of one tenant in a second, on average; 0 = no limit";
    rate_limit_burst: u32 = "10000", "Requests that one tenant may send at once";
    db_connections: usize = "4", "Connections to the database";
    reload_ms: Duration = "1000", "How often keys, channels, settings and models are looked over for changes";
    log: String = "info", "What to log: error, warn, info, debug, trace, or a filter like chatsignal=debug";
    log_format: LogFormat = "text", "How to log: text or json";
    otlp_endpoint: Option<Endpoint> = "", "Collector that takes traces (OTLP over HTTP), like http://127.0.0.1:4318 [default: none]";
}

impl Config {
    /// The folder of the models.
    #[must_use]
    pub fn models_dir(&self) -> PathBuf {
        self.models.clone().unwrap_or_else(|| crate::registry::ModelRegistry::beside(&self.db))
    }

    /// Rules that hold between values.
    fn check(&self, mut fault: impl FnMut(&str, String)) {
        let mut positive = |name: &str, value: usize| {
            if value == 0 {
                fault(name, "must be at least 1".to_owned());
            }
        };
        positive("connections_max", self.connections_max);
        positive("connections_per_address_max", self.connections_per_address_max);
        positive("body_bytes_max", self.body_bytes_max);
        positive("audio_bytes_max", self.audio_bytes_max);
        positive("batch_items_max", self.batch_items_max);
        positive("events_per_item_max", self.events_per_item_max);
        positive("score_concurrency", self.score_concurrency);
        positive("io_concurrency", self.io_concurrency);
        positive("train_concurrency", self.train_concurrency);
        positive("ingest_concurrency", self.ingest_concurrency);
        positive("upload_concurrency", self.upload_concurrency);
        positive("webhook_concurrency", self.webhook_concurrency);
        positive("events_bytes_max", self.events_bytes_max);
        positive("events_lines_max", self.events_lines_max);
        positive("events_rate_min", self.events_rate_min);
        positive("db_connections", self.db_connections);
        for (name, span) in [
            ("header_timeout_ms", self.header_timeout_ms),
            ("body_timeout_ms", self.body_timeout_ms),
            ("write_timeout_ms", self.write_timeout_ms),
            ("request_timeout_ms", self.request_timeout_ms),
            ("reload_ms", self.reload_ms),
            ("job_lease_ms", self.job_lease_ms),
        ] {
            if span.is_zero() || span > Duration::from_secs(3_600) {
                fault(name, "must be from 1 to 3600000 milliseconds".to_owned());
            }
        }
        for (name, value) in [
            ("threads", self.threads),
            ("train_threads", self.train_threads),
            ("train_concurrency", self.train_concurrency),
            ("db_connections", self.db_connections),
        ] {
            if value > THREADS_MAX {
                fault(name, format!("must be at most {THREADS_MAX}"));
            }
        }
        if !(1..=100).contains(&self.tenant_share_percent) {
            fault("tenant_share_percent", "must be from 1 to 100".to_owned());
        }
        if let Err(error) = EnvFilter::try_new(&self.log) {
            fault("log", error.to_string());
        }
        if self.batch_items_max > layers::BATCH_ITEMS_CEILING {
            fault("batch_items_max", format!("must be at most {}", layers::BATCH_ITEMS_CEILING));
        }
        if self.rate_limit_per_s > 0 && self.rate_limit_burst == 0 {
            fault("rate_limit_burst", "must be at least 1 while there is a rate limit".to_owned());
        }
        for origin in &self.cors_origins {
            let host = origin.strip_prefix("https://").or(origin.strip_prefix("http://"));
            let plain = |byte: u8| byte.is_ascii_alphanumeric() || b".-:[]_".contains(&byte);
            if !host.is_some_and(|host| !host.is_empty() && host.bytes().all(plain)) {
                let rule = "each is a scheme and a host, like https://app.example.com";
                fault("cors_origins", rule.to_owned());
            }
        }
        for host in &self.allowed_hosts {
            let plain = |byte: u8| byte.is_ascii_alphanumeric() || b".-_".contains(&byte);
            let known = host == "*" || host.bytes().all(plain) || host.parse::<IpAddr>().is_ok();
            if !known {
                let rule = "each is a name or an address without scheme and port, \
                            like scores.example.com, or * for any";
                fault("allowed_hosts", rule.to_owned());
            }
        }
        let public = !self.listen.ip().is_loopback();
        if public && self.allowed_hosts.is_empty() {
            let rule = "a public address needs the names by which clients reach the service, \
                        like --allowed-hosts scores.example.com";
            fault("allowed_hosts", rule.to_owned());
        }
    }
}

impl Default for Config {
    fn default() -> Self {
        Self::read(|_| None, |_, _| {})
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::collections::BTreeMap;

    fn layers(flags: &[(&str, &str)], env: &[(&str, &str)], file: &str) -> Result<Config, String> {
        let map = |pairs: &[(&str, &str)]| {
            pairs
                .iter()
                .map(|(k, v)| ((*k).to_owned(), (*v).to_owned()))
                .collect::<BTreeMap<_, _>>()
        };
        let env = map(env);
        Layers { flags: map(flags), file: Some((PathBuf::from("c.toml"), file.to_owned())) }
            .config(|name| env.get(name).cloned())
            .map_err(|errors| errors.to_string())
    }

    #[test]
    fn the_defaults_hold_and_pass_their_own_checks() {
        let config = layers(&[], &[], "").expect("the defaults are valid");
        assert_eq!(config.listen.to_string(), "127.0.0.1:8080");
        assert_eq!(config.models_dir(), PathBuf::from("chatsignal.db.models"));
        assert!(config.cors_origins.is_empty());
    }

    #[test]
    fn flags_go_before_variables_before_the_file() {
        let file = "body_bytes_max = 1\nbatch_items_max = 10\nallowed_hosts = [\"a\", \"b\"]\n";
        let env = [("CHATSIGNAL_BODY_BYTES_MAX", "2"), ("CHATSIGNAL_BATCH_ITEMS_MAX", "20")];
        let config = layers(&[("body_bytes_max", "3")], &env, file).expect("valid");
        assert_eq!((config.body_bytes_max, config.batch_items_max), (3, 20));
        assert_eq!(config.allowed_hosts, ["a", "b"]);
    }

    #[test]
    fn every_error_is_told_at_once_with_its_place() {
        let file = "listen = \"here\"\nbody_byte_max = 5\nconnections_max = 0\nlog_format = \"xml\"\n\
                    allowed_hosts = [\"https://x/\"]\ncors_origins = [\"https://a b\"]\nlog = \"=[x\"";
        let env = [("CHATSIGNAL_BATCH_ITEMS_MAX", "many"), ("CHATSIGNAL_THREADS", "200000")];
        let told = layers(&[("reload_ms", "-1")], &env, file).expect_err("many are wrong");
        for part in [
            "c.toml: listen",
            "c.toml: body_byte_max",
            "connections_max",
            "c.toml: log_format",
            "CHATSIGNAL_BATCH_ITEMS_MAX",
            "--reload-ms",
            "c.toml: allowed_hosts",
            "c.toml: cors_origins",
            "c.toml: log:",
            "CHATSIGNAL_THREADS",
        ] {
            assert!(told.contains(part), "{part} in {told}");
        }
    }

    #[test]
    fn a_public_address_needs_names() {
        assert!(layers(&[("listen", "0.0.0.0:80")], &[], "").is_err());
        let flags = [("listen", "0.0.0.0:80"), ("allowed_hosts", "x.example.com")];
        assert!(layers(&flags, &[], "").is_ok());
    }
}
