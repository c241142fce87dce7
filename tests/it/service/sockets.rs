//! What only a socket shows: slow clients, caps on connections, an orderly end.

use std::io::{ErrorKind, Read, Write};
use std::net::{SocketAddr, TcpStream};
use std::process::Stdio;
use std::time::{Duration, Instant};

use chatsignal_native::service::{Config, Server};

use super::support::{Workspace, block_on, connect};
use crate::cli::chatsignal;

/// One request on a connection of its own: status and body.
pub fn http(
    address: SocketAddr,
    method: &str,
    path: &str,
    headers: &str,
    body: &str,
) -> (u16, String) {
    let mut stream = connect(address);
    let head = format!(
        "{method} {path} HTTP/1.1\r\nhost: localhost\r\nconnection: close\r\ncontent-type: application/json\r\n{headers}content-length: {}\r\n\r\n",
        body.len()
    );
    stream.write_all(head.as_bytes()).expect("writes");
    stream.write_all(body.as_bytes()).expect("writes");
    let mut answer = Vec::new();
    stream.read_to_end(&mut answer).expect("reads");
    parse(&answer)
}

fn parse(answer: &[u8]) -> (u16, String) {
    let text = String::from_utf8_lossy(answer);
    let status = text.get(9..12).and_then(|status| status.parse().ok()).unwrap_or(0);
    let body = text.split_once("\r\n\r\n").map_or("", |(_, body)| body);
    (status, body.to_owned())
}

/// Waits until the other side closes.
fn closed(stream: &mut TcpStream) -> bool {
    let mut buffer = [0; 1024];
    loop {
        match stream.read(&mut buffer) {
            Ok(0) => return true,
            Ok(_) => {}
            Err(error) => {
                return error.kind() != ErrorKind::WouldBlock
                    && error.kind() != ErrorKind::TimedOut;
            }
        }
    }
}

#[test]
fn two_hundred_slow_clients_are_closed_and_others_are_served() {
    let workspace = Workspace::empty();
    let deadline = Duration::from_millis(1_500);
    let config = Config { header_timeout_ms: deadline, ..workspace.config() };
    block_on(async {
        let server = Server::start(config).await.expect("starts");
        let address = server.address();
        let held = tokio::task::spawn_blocking(move || {
            let start = Instant::now();
            let mut streams: Vec<TcpStream> = (0..200).map(|_| connect(address)).collect();
            for (at, stream) in streams.iter_mut().enumerate() {
                // Some say nothing, some a part of a head, some a byte now and then.
                let part = ["", "POST /api/v1/ml", "GET /livez HTTP/1.1\r\nhost: localhost\r\nx: "]
                    [at % 3];
                stream.write_all(part.as_bytes()).expect("writes");
            }
            let mut slowest = Duration::ZERO;
            while start.elapsed() < deadline {
                let asked = Instant::now();
                assert_eq!(http(address, "GET", "/livez", "", "").0, 200);
                slowest = slowest.max(asked.elapsed());
                for stream in streams.iter_mut().skip(2).step_by(3) {
                    // Closed already, perhaps: that is what is waited for.
                    let _ = stream.write_all(b"y");
                }
                std::thread::sleep(Duration::from_millis(100));
            }
            assert!(streams.iter_mut().all(closed));
            (start.elapsed(), slowest)
        });
        let (took, slowest) = held.await.expect("the client ran");
        eprintln!("200 slow connections closed after {took:?}; slowest good request {slowest:?}");
        assert!(took < deadline + Duration::from_secs(4), "{took:?}");
        assert!(server.stop().await);
    });
}

#[test]
fn a_client_that_does_not_read_its_answers_is_closed() {
    let workspace = Workspace::simulated();
    let config = Config { write_timeout_ms: Duration::from_millis(300), ..workspace.config() };
    block_on(async {
        let server = Server::start(config).await.expect("starts");
        let address = server.address();
        let client = tokio::task::spawn_blocking(move || {
            let mut stream = connect(address);
            stream.set_write_timeout(Some(Duration::from_secs(5))).expect("a deadline");
            let items = vec!["{\"features\":{}}"; 500].join(",");
            let body = format!("{{\"leads\":[{items}]}}");
            let request = format!(
                "POST /api/v1/ml/models/lead-scoring/batch?explain=full HTTP/1.1\r\nhost: localhost\r\n\
                 content-type: application/json\r\ncontent-length: {}\r\n\r\n{body}",
                body.len()
            );
            // Answers of some megabytes each: more than the system keeps for a reader.
            for _ in 0..20 {
                if stream.write_all(request.as_bytes()).is_err() {
                    break;
                }
            }
            let open = || {
                let text = http(address, "GET", "/metrics", "", "").1;
                let line = text.lines().find(|line| line.starts_with("chatsignal_connections "));
                line.and_then(|line| line.split(' ').nth(1)?.parse::<u32>().ok())
            };
            let start = Instant::now();
            while open() != Some(1) {
                assert!(start.elapsed() < Duration::from_secs(15), "still open: {:?}", open());
                std::thread::sleep(Duration::from_millis(100));
            }
            drop(stream);
        });
        client.await.expect("the client ran");
        assert!(server.stop().await);
    });
}

#[test]
fn one_address_has_so_many_connections() {
    let workspace = Workspace::empty();
    let config = Config { connections_per_address_max: 5, ..workspace.config() };
    block_on(async {
        let server = Server::start(config).await.expect("starts");
        let address = server.address();
        let client = tokio::task::spawn_blocking(move || {
            let mut kept: Vec<TcpStream> = (0..5).map(|_| connect(address)).collect();
            for stream in &mut kept {
                stream
                    .write_all(b"GET /livez HTTP/1.1\r\nhost: localhost\r\n\r\n")
                    .expect("writes");
                assert!(stream.read(&mut [0; 512]).expect("reads") > 0);
            }
            assert!(closed(&mut connect(address)), "the sixth is closed at once");
            drop(kept);
            std::thread::sleep(Duration::from_millis(200));
            assert_eq!(http(address, "GET", "/livez", "", "").0, 200, "places are given back");
        });
        client.await.expect("the client ran");
        assert!(server.stop().await);
    });
}

#[test]
fn heads_without_measure_and_smuggled_lengths_are_refused() {
    let workspace = Workspace::empty();
    block_on(async {
        let server = Server::start(workspace.config()).await.expect("starts");
        let address = server.address();
        let client = tokio::task::spawn_blocking(move || {
            let raw = |request: String| {
                let mut stream = connect(address);
                // The other side may close before all of it is written.
                let _ = stream.write_all(request.as_bytes());
                let mut answer = Vec::new();
                let _ = stream.read_to_end(&mut answer);
                parse(&answer).0
            };
            let many = (0..200).map(|n| format!("x-{n}: 1\r\n")).collect::<String>();
            let long = "a".repeat(200_000);
            for request in [
                format!("GET /livez HTTP/1.1\r\nhost: localhost\r\n{many}\r\n"),
                format!("GET /livez HTTP/1.1\r\nhost: localhost\r\nx: {long}\r\n\r\n"),
                format!("GET /{long} HTTP/1.1\r\nhost: localhost\r\n\r\n"),
                "POST /livez HTTP/1.1\r\nhost: localhost\r\ncontent-length: 5\r\ncontent-length: 6\r\n\r\nhello".to_owned(),
                "GET /livez HTTP/9.9\r\nhost: localhost\r\n\r\n".to_owned(),
                "\u{16}\u{3}\u{1}\u{2}\u{0}\u{1}\r\n\r\n".to_owned(),
            ] {
                let status = raw(request.clone());
                assert!(matches!(status, 0 | 400..=499), "{}: {status}", &request[..40.min(request.len())]);
            }
            assert_eq!(http(address, "GET", "/livez", "", "").0, 200);
        });
        client.await.expect("the client ran");
        assert!(server.stop().await);
    });
}

#[test]
fn clients_that_leave_are_not_counted_as_in_flight() {
    let workspace = Workspace::empty();
    block_on(async {
        let server = Server::start(workspace.config()).await.expect("starts");
        let address = server.address();
        let client = tokio::task::spawn_blocking(move || {
            let in_flight = || {
                let text = http(address, "GET", "/metrics", "", "").1;
                let name = "chatsignal_requests_in_flight ";
                let line = text.lines().find_map(|line| line.strip_prefix(name));
                line.and_then(|count| count.parse::<u32>().ok()).expect("a count")
            };
            let wait_for = |count: u32| {
                let start = Instant::now();
                while in_flight() != count {
                    assert!(start.elapsed() < Duration::from_secs(5), "{} in flight", in_flight());
                    std::thread::sleep(Duration::from_millis(20));
                }
            };
            let streams = [(); 3].map(|()| {
                let mut stream = connect(address);
                let head = "POST /api/v1/ml/models/lead-scoring/predict HTTP/1.1\r\n\
                            host: localhost\r\ncontent-type: application/json\r\n\
                            content-length: 15\r\n\r\n{\"featu";
                stream.write_all(head.as_bytes()).expect("writes");
                stream
            });
            // The question itself is one of them.
            wait_for(4);
            drop(streams);
            wait_for(1);
        });
        client.await.expect("the client ran");
        assert!(server.stop().await);
    });
}

#[test]
fn what_is_in_flight_is_answered_before_the_end() {
    let workspace = Workspace::simulated();
    block_on(async {
        let server = Server::start(workspace.config()).await.expect("starts");
        let address = server.address();
        // The head is in, the body comes while the service is stopping.
        let mut stream = tokio::task::spawn_blocking(move || {
            let mut stream = connect(address);
            let head = "POST /api/v1/ml/models/lead-scoring/predict HTTP/1.1\r\nhost: localhost\r\n\
                        content-type: application/json\r\ncontent-length: 15\r\n\r\n{\"featu";
            stream.write_all(head.as_bytes()).expect("writes");
            stream
        })
        .await
        .expect("the client ran");
        tokio::time::sleep(Duration::from_millis(100)).await;
        let state = server.state().clone();
        let stopping = tokio::spawn(server.stop());
        tokio::time::sleep(Duration::from_millis(100)).await;
        assert!(!state.is_ready());
        assert!(TcpStream::connect(address).is_err(), "no further connections");
        let answer = tokio::task::spawn_blocking(move || {
            stream.write_all(b"res\":{}}").expect("writes");
            let mut answer = Vec::new();
            stream.read_to_end(&mut answer).expect("reads");
            parse(&answer)
        });
        assert_eq!(answer.await.expect("the client ran").0, 200);
        assert!(stopping.await.expect("stops"), "everything was answered");
    });
}

#[test]
fn the_program_serves_and_ends_on_sigterm() {
    let workspace = Workspace::empty();
    let mut command = chatsignal(&workspace.db);
    command.args(["serve", "--listen", "127.0.0.1:0", "--log", "warn"]).stderr(Stdio::piped());
    let mut child = command.spawn().expect("starts");
    let mut stderr = std::io::BufReader::new(child.stderr.take().expect("piped"));
    let mut line = String::new();
    std::io::BufRead::read_line(&mut stderr, &mut line).expect("a line");
    let address = line.split("http://").nth(1).and_then(|rest| rest.split(' ').next());
    let address: SocketAddr = address.and_then(|text| text.parse().ok()).expect("an address");
    assert_eq!(http(address, "GET", "/readyz", "", "").0, 200);
    let start = Instant::now();
    let told = std::process::Command::new("kill").args(["-TERM", &child.id().to_string()]).status();
    assert!(told.expect("kill runs").success());
    assert_eq!(child.wait().expect("ends").code(), Some(0));
    assert!(start.elapsed() < Duration::from_secs(10), "{:?}", start.elapsed());
}
