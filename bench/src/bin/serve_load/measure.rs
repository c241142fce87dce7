//! The rounds.

use std::sync::Arc;
use std::time::{Duration, Instant};

use anyhow::{Context, Result};
use chatsignal_bench::http::connection::{Connection, request};
use chatsignal_bench::http::load::{closed, quantile_us};
use chatsignal_bench::http::service::{Routes, Service, Workspace};
use chatsignal_bench::http::subjects::{lead_body, lead_rows};
use chatsignal_core::artifact::ModelKind;
use chatsignal_core::score::LeadScorer;
use chatsignal_native::registry::{ModelRegistry, Served};
use serde_json::{Value, json};

/// Different contacts whose requests are sent in turn.
const CONTACTS: usize = 64;
/// Items of the batch.
pub(crate) const BATCH: usize = 500;

/// One side of the comparison in one round.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct Round {
    /// Answers in a second.
    pub(crate) per_s: f64,
    /// 99th percentile of the time to an answer, microseconds.
    pub(crate) p99_us: f64,
    /// CPU time of the serving process for each answer, microseconds.
    pub(crate) cpu_us: f64,
}

/// What is compared.
#[derive(Clone, Copy, Debug, PartialEq, Eq, clap::ValueEnum)]
pub(crate) enum Side {
    /// `/echo`.
    Echo,
    /// `/echo-json`.
    EchoJson,
    /// `/bare`.
    Bare,
    /// Scores without reasons.
    Score,
    /// Scores with the five factors that weigh most.
    Factors,
}

impl Side {
    pub(crate) const ALL: [Self; 5] =
        [Self::Echo, Self::EchoJson, Self::Bare, Self::Score, Self::Factors];

    fn path(self) -> &'static str {
        match self {
            Self::Echo => "/echo",
            Self::EchoJson => "/echo-json",
            Self::Bare => "/bare",
            Self::Score => "/api/v1/ml/models/lead-scoring/predict?explain=none",
            Self::Factors => "/api/v1/ml/models/lead-scoring/predict?explain=top",
        }
    }
}

/// All rounds of every side, and the batch.
#[derive(Clone, Debug, Default)]
pub(crate) struct Measured {
    rounds: [Vec<Round>; 5],
    /// Milliseconds of a batch without reasons: median of each round.
    pub(crate) batch_ms: Vec<f64>,
    /// 99th percentile of all batches of all rounds, and the longest.
    pub(crate) batch_p99_ms: f64,
    pub(crate) batch_max_ms: f64,
}

impl Measured {
    /// The rounds of a side.
    pub(crate) fn of(&self, side: Side) -> &[Round] {
        &self.rounds[side as usize]
    }
}

/// The two services and their requests.
pub(crate) struct Plan {
    connections: usize,
    service: Service,
    echo: Service,
    requests: [Arc<Vec<Vec<u8>>>; 5],
    batch: Vec<u8>,
    workspace: Workspace,
}

impl Plan {
    pub(crate) fn new(connections: usize, threads: usize) -> Result<Self> {
        let workspace = Workspace::new()?;
        let served = served(&workspace)?;
        let scorer = LeadScorer::new(&served.artifact)?;
        let bodies: Vec<Value> = lead_rows(&scorer, CONTACTS).iter().map(lead_body).collect();
        let headers = workspace.headers();
        let of = |path: &str| {
            let of_body = |body: &Value| request("POST", path, &headers, &body.to_string());
            Arc::new(bodies.iter().map(of_body).collect::<Vec<_>>())
        };
        let leads: Vec<&Value> = bodies.iter().cycle().take(BATCH).collect();
        let batch = json!({ "leads": leads }).to_string();
        Ok(Self {
            connections,
            service: Service::start(Routes::Service, &workspace, threads)?,
            echo: Service::start(Routes::Echo, &workspace, threads)?,
            requests: Side::ALL.map(|side| of(side.path())),
            batch: request(
                "POST",
                "/api/v1/ml/models/lead-scoring/batch?explain=none",
                &headers,
                &batch,
            ),
            workspace,
        })
    }

    /// The model that the service scores with.
    pub(crate) fn scorer(&self) -> Result<Served> {
        served(&self.workspace)
    }

    /// Every side once a round, in turns.
    pub(crate) async fn run(&self, rounds: usize, seconds: f64) -> Result<Measured> {
        let (mut measured, mut batches) = (Measured::default(), Vec::new());
        for round in 0..rounds {
            let mut order = Side::ALL;
            if round % 2 == 1 {
                order.reverse();
            }
            for side in order {
                let one = self.side(side, seconds).await?;
                measured.rounds[side as usize].push(one);
            }
            let mut times = self.batches(seconds).await?;
            times.sort_unstable();
            measured.batch_ms.push(quantile_us(&times, 0.5) / 1e3);
            batches.extend(times);
            eprint!(".");
        }
        batches.sort_unstable();
        measured.batch_p99_ms = quantile_us(&batches, 0.99) / 1e3;
        measured.batch_max_ms = quantile_us(&batches, 1.0) / 1e3;
        eprintln!();
        Ok(measured)
    }

    /// Only one side, for a profiler.
    pub(crate) async fn repeat(&self, side: Side, seconds: f64) -> Result<()> {
        let one = self.side(side, seconds).await?;
        println!("{one:?}");
        Ok(())
    }

    async fn side(&self, side: Side, seconds: f64) -> Result<Round> {
        let ours = matches!(side, Side::Score | Side::Factors);
        let service = if ours { &self.service } else { &self.echo };
        let before = service.cpu_s()?;
        let duration = Duration::from_secs_f64(seconds);
        let load =
            closed(service.address, self.connections, &self.requests[side as usize], duration)
                .await?;
        // The few requests of the warm-up are in the CPU time too.
        let count = load.latencies.len() + 20 * self.connections;
        let cpu_us = (service.cpu_s()? - before) * 1e6 / count as f64;
        Ok(Round { per_s: load.per_s(), p99_us: load.quantile_us(0.99), cpu_us })
    }

    /// Batches one after another: the time of each, ns.
    async fn batches(&self, seconds: f64) -> Result<Vec<u64>> {
        let mut connection = Connection::open(self.service.address).await?;
        let (start, mut times) = (Instant::now(), Vec::new());
        while times.len() < 5 || start.elapsed().as_secs_f64() < seconds / 2.0 {
            let asked = Instant::now();
            let head = connection.exchange(&self.batch).await?;
            times.push(asked.elapsed().as_nanos() as u64);
            if times.len() == 1 {
                let answer: Value = serde_json::from_slice(connection.body(head))?;
                anyhow::ensure!(answer["summary"]["succeeded"] == BATCH, "{}", answer["summary"]);
            }
        }
        Ok(times)
    }
}

fn served(workspace: &Workspace) -> Result<Served> {
    let registry = ModelRegistry::open(ModelRegistry::beside(&workspace.db()))?;
    registry.champion("default", ModelKind::Lead).context("a lead model")
}
