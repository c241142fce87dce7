//! A deployment of the service: settings, keys, names, files.

use std::fs;
use std::path::Path;

use super::{Report, Status, workspace};
use crate::cli::exit::Exit;
use crate::service::Config;
use crate::service::config::Layers;
use crate::store::{Store, StoreError};

mod system;

/// Checks the service that these settings (and the environment) make.
pub(super) fn check(path: &Path, report: &mut Report) -> anyhow::Result<()> {
    let content = fs::read_to_string(path).map_err(|error| {
        Exit::NotFound.error(format!("{}: can't be read ({error})", path.display()))
    })?;
    let layers = Layers { file: Some((path.to_owned(), content)), ..Layers::default() };
    let config = match layers.config(|variable| std::env::var(variable).ok()) {
        Ok(config) => config,
        Err(errors) => {
            for error in errors.0 {
                report.add("config", Status::Broken, error, "chatsignal serve --help");
            }
            return Ok(());
        }
    };
    report.add("config", Status::Ok, path.display().to_string(), "");
    listening(&config, report);
    system::check(&config, report);
    match Store::inspect(&config.db) {
        Ok(store) => {
            if let Err(error) = keys(&config, &store, report) {
                report.unreadable("keys", &error);
            }
            match store.tenant(&config.tenant) {
                Ok(tenant) => workspace::check(&store, &tenant, &config.models_dir(), report),
                Err(StoreError::NoTenant { .. }) => {
                    let found = format!("there is no {} yet", config.tenant);
                    report.add("tenant", Status::Warning, found, "it is made at the first start");
                }
                Err(error) => report.unreadable("tenant", &error),
            }
        }
        Err(error @ StoreError::NoDatabase { .. }) => {
            let public = !config.listen.ip().is_loopback();
            let status = if public { Status::Broken } else { Status::Warning };
            let way_out = "it is made at the first start, and by chatsignal keys create";
            report.add("database", status, error.to_string(), way_out);
        }
        Err(error) => {
            report.add("database", Status::Broken, error.to_string(), "restore a copy");
        }
    }
    Ok(())
}

/// Who can reach the service, by which names.
fn listening(config: &Config, report: &mut Report) {
    let public = !config.listen.ip().is_loopback();
    let found = config.listen.to_string();
    let way_out =
        "keys travel in the clear: put a proxy with TLS before it, and listen on 127.0.0.1";
    report.warn_if(public, "listen", found, way_out);
    let any = config.allowed_hosts.iter().any(|name| name == "*");
    let found = match config.allowed_hosts.as_slice() {
        [] => "those of this machine".to_owned(),
        names => names.join(", "),
    };
    report.warn_if(any, "allowed hosts", found, "name them: any page could reach the service");
    let unlimited = config.rate_limit_per_s == 0;
    let found = format!("{} a second for each tenant", config.rate_limit_per_s);
    report.warn_if(unlimited, "rate limit", found, "set rate_limit_per_s");
}

/// Whether callers need a key, and have one.
fn keys(config: &Config, store: &Store, report: &mut Report) -> Result<(), StoreError> {
    let keys = store.keys()?;
    let in_use = keys.iter().filter(|key| key.revoked_at.is_none()).count();
    let public = !config.listen.ip().is_loopback();
    let found = format!("{in_use} in use, {} revoked", keys.len() - in_use);
    let way_out = "chatsignal keys create";
    let status = match (in_use, public) {
        (0, true) => Status::Broken,
        // Without any, every program of this machine may call.
        (0, false) if keys.is_empty() => Status::Warning,
        (0, false) => Status::Broken,
        _ => Status::Ok,
    };
    report.add("keys", status, found, way_out);
    Ok(())
}
