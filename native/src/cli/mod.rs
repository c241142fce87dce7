//! The command line: one file a subcommand.

mod channels;
pub mod clock;
mod contacts;
mod demo;
mod doctor;
mod evaluate;
mod events;
pub mod exit;
mod experiment;
mod features;
mod fit;
mod import;
mod interop;
mod keys;
mod kind;
mod model_file;
mod models;
pub mod output;
mod predict;
pub mod progress;
mod score;
#[cfg(feature = "service")]
mod serve;
mod settings;
mod train;
mod workspace;

use std::process::ExitCode;

use clap::{Parser, Subcommand};

/// Turn business chat into signals that people act on.
#[derive(Debug, Parser)]
#[command(name = "chatsignal", version, propagate_version = true, after_help = exit::HELP)]
struct Cli {
    #[command(subcommand)]
    command: Command,
}

/// One line a subcommand, each in the file of its name with `Args` and `run`.
#[derive(Debug, Subcommand)]
enum Command {
    /// Webhooks of other systems: paths and secrets.
    Channels(channels::Args),
    /// List contacts, or erase one with all that is known of them.
    Contacts(contacts::Args),
    /// Check the database, the settings, the log and the models.
    Doctor(doctor::Args),
    /// Write the event log out.
    Events(events::Args),
    /// Split contacts into groups that never change, and compare what became of them.
    Experiment(experiment::Args),
    /// Show the features of contacts: what a model sees of them.
    Features(features::Args),
    /// Make a SIMULATED workspace, train on it, and print its contacts with scores and reasons.
    Demo(demo::Args),
    /// Read files into the event log.
    Import(import::Args),
    /// API keys of the service.
    Keys(keys::Args),
    /// Versions of the trained models, and which of them scores; models of other libraries.
    Models(models::Args),
    /// Score contacts: who will buy, who will leave, when to write.
    Score(score::Args),
    /// Answer over HTTP: scores, reasons, the best hour to write.
    #[cfg(feature = "service")]
    Serve(Box<serve::Args>),
    /// Train a model on any table of your own.
    Fit(fit::Args),
    /// Predict every row of a table with a model file.
    Predict(predict::Args),
    /// Train the models of lead, churn and engagement on the event log.
    Train(train::Args),
    /// Judge a model on the event log, or any predictions in a CSV file.
    Evaluate(evaluate::Args),
    /// Show or change a tenant's settings.
    Settings(settings::Args),
}

/// Runs the command line and returns its exit code.
#[must_use]
pub fn main() -> ExitCode {
    let outcome = match Cli::parse().command {
        Command::Channels(args) => channels::run(args),
        Command::Contacts(args) => contacts::run(args),
        Command::Doctor(args) => doctor::run(args),
        Command::Events(args) => events::run(args),
        Command::Experiment(args) => experiment::run(args),
        Command::Features(args) => features::run(args),
        Command::Demo(args) => demo::run(args),
        Command::Import(args) => import::run(args),
        Command::Keys(args) => keys::run(args),
        Command::Models(args) => models::run(args),
        Command::Score(args) => score::run(args),
        #[cfg(feature = "service")]
        Command::Serve(args) => serve::run(*args),
        Command::Fit(args) => fit::run(args),
        Command::Predict(args) => predict::run(args),
        Command::Train(args) => train::run(args),
        Command::Evaluate(args) => evaluate::run(args),
        Command::Settings(args) => settings::run(args),
    };
    exit::report(outcome)
}
