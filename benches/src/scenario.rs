//! What is measured, each on a server of its own where one can be started.

use std::time::Duration;

use anyhow::Context;
use clap::ValueEnum;

use crate::load::{self, count, percentile};
use crate::report::{Report, progress, short};
use crate::sdk;
use crate::server::{Server, Target};
use crate::sqs::Sqs;
use crate::warm;

/// A scenario.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub(crate) enum Scenario {
    /// From the start of the process to the first answer, over many starts.
    Startup,
    /// Resident memory before anything was asked.
    Idle,
    /// `SendMessage` on 1 and on 8 connections.
    Send,
    /// Receives of 10 and batch deletes, on 1 and on 8 connections.
    Drain,
    /// Send, receive, delete, one message at a time.
    Serial,
    /// Sending and draining as the queue grows to a million messages, and memory per message.
    Growth,
    /// `SendMessage` through the AWS SDK, on 8 tasks.
    Sdk,
    /// From `SendMessage` to the first line of a warm function behind the queue.
    Warm,
}

/// How much of it.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Size {
    /// Messages of a run.
    pub(crate) messages: u64,
    /// Messages of the queue that grows.
    pub(crate) growth: u64,
    /// Bytes of a message's body.
    pub(crate) bytes: usize,
    /// Starts of a server.
    pub(crate) starts: u64,
}

/// Runs a scenario.
pub(crate) async fn run(scenario: Scenario, target: &Target, size: Size, report: &mut Report) -> anyhow::Result<()> {
    match scenario {
        Scenario::Startup => startup(target, size, report).await,
        Scenario::Idle => idle(target, report).await,
        Scenario::Send => send(target, size, report).await,
        Scenario::Drain => drain(target, size, report).await,
        Scenario::Serial => serial(target, size, report).await,
        Scenario::Growth => growth(target, size, report).await,
        Scenario::Sdk => sdk::send(target, size, report).await,
        Scenario::Warm => warm::run(size, report).await,
    }
}

/// A server with an empty queue.
pub(crate) async fn queue(target: &Target, name: &str) -> anyhow::Result<(Server, String)> {
    let server = target.start().await?;
    let url = Sqs::connect(server.address).await?.create_queue(name).await?;
    Ok((server, url))
}

async fn startup(target: &Target, size: Size, report: &mut Report) -> anyhow::Result<()> {
    let mut times = Vec::new();
    for _ in 0..size.starts {
        let server = target.start().await?;
        let Some(ready) = server.ready else {
            progress("startup: the server was not started here");
            return Ok(());
        };
        times.push(ready);
    }
    let details = format!(
        "{} starts, p95 {}, worst {}",
        times.len(),
        short(percentile(&times, 0.95)),
        short(percentile(&times, 1.0))
    );
    report.row("start to first answer", short(percentile(&times, 0.5)), details);
    Ok(())
}

async fn idle(target: &Target, report: &mut Report) -> anyhow::Result<()> {
    let server = target.start().await?;
    match server.resident() {
        Some(bytes) => report.row("resident memory, idle", megabytes(bytes), "after the first answer"),
        None => progress("idle: the memory of a server that was not started here is not known"),
    }
    Ok(())
}

async fn send(target: &Target, size: Size, report: &mut Report) -> anyhow::Result<()> {
    for connections in [1, 8] {
        let (server, url) = queue(target, &format!("bench-send-{connections}")).await?;
        let measured = load::send(&server, &url, (connections, size.messages, size.bytes)).await?;
        report.rate(format!("SendMessage, {}", of(connections)), &measured);
    }
    Ok(())
}

async fn drain(target: &Target, size: Size, report: &mut Report) -> anyhow::Result<()> {
    for connections in [1, 8] {
        let (server, url) = queue(target, &format!("bench-drain-{connections}")).await?;
        load::send(&server, &url, (8, size.messages, size.bytes)).await?;
        let measured = load::drain(&server, &url, connections).await?;
        report.rate(format!("drain by 10, {}", of(connections)), &measured);
    }
    Ok(())
}

async fn serial(target: &Target, size: Size, report: &mut Report) -> anyhow::Result<()> {
    let (server, url) = queue(target, "bench-serial").await?;
    let measured = load::serial(&server, &url, (size.messages / 5, size.bytes)).await?;
    report.rate("send + receive + delete, serial", &measured);
    Ok(())
}

/// The share of the growing queue that is measured at its start and at its end.
const EDGE: u64 = 20;

async fn growth(target: &Target, size: Size, report: &mut Report) -> anyhow::Result<()> {
    let (server, url) = queue(target, "bench-growth").await?;
    let edge = size.growth / EDGE;
    // The first messages pay for what any queue needs once.
    load::send(&server, &url, (8, edge, size.bytes)).await?;
    let before = server.resident();
    let first = load::send(&server, &url, (8, edge, size.bytes)).await?;
    load::send(&server, &url, (8, size.growth - 3 * edge, size.bytes)).await?;
    let last = load::send(&server, &url, (8, edge, size.bytes)).await?;
    report.rate("SendMessage at the start of the growth, 8 connections", &first);
    report.rate(format!("SendMessage with {} messages, 8 connections", size.growth), &last);
    report.row("slower by", format!("{:.2} x", first.rate() / last.rate()), "start against end");
    if let (Some(before), Some(after)) = (before, server.resident()) {
        let grown = after.saturating_sub(before);
        let beyond = count(grown) / count(size.growth - edge) - count(size.bytes as u64);
        let details = format!("{} in all, {} bytes of body each", megabytes(after), size.bytes);
        report.row("memory per message beyond its body", format!("{beyond:.0} bytes"), details);
    }
    let mut sqs = Sqs::connect(server.address).await?;
    let visible = sqs.visible(&url).await.context("the queue's length")?;
    let measured = load::drain(&server, &url, 8).await?;
    report.rate(format!("drain of {visible} messages by 10, 8 connections"), &measured);
    Ok(())
}

fn of(connections: u64) -> String {
    format!("{connections} {}", if connections == 1 { "connection" } else { "connections" })
}

fn megabytes(bytes: u64) -> String {
    format!("{:.1} MB", count(bytes) / 1e6)
}

/// How long a wait for one thing may be.
pub(crate) const PATIENCE: Duration = Duration::from_secs(20);
