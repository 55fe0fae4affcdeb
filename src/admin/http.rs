//! The administrative port: `/metrics`, `/livez`, `/readyz`, and `/` for people. Read-only, without authentication:
//! it listens on the machine itself unless the configuration says otherwise.

use super::health::{Health, Verdict};
use super::page;
use crate::metrics::Metrics;
use axum::Router;
use axum::extract::State;
use axum::http::StatusCode;
use axum::http::header::{CACHE_CONTROL, CONTENT_SECURITY_POLICY, CONTENT_TYPE};
use axum::response::{IntoResponse, Response};
use axum::routing::get;
use prometheus::{Registry, TextEncoder};
use std::future::Future;
use std::io;
use std::net::SocketAddr;
use std::sync::Arc;
use tokio::net::TcpListener;

const PROMETHEUS_TEXT: &str = "text/plain; version=0.0.4; charset=utf-8";
const JSON: &str = "application/json";
const HTML: &str = "text/html; charset=utf-8";
/// The page has one inline style and nothing else; it loads nothing.
const PAGE_POLICY: &str = "default-src 'none'; style-src 'unsafe-inline'";

/// What the port shows.
#[derive(Clone)]
pub struct Admin {
    /// Where the metrics are registered.
    pub registry: Registry,
    /// The same metrics, for the page.
    pub metrics: Arc<Metrics>,
    /// Readiness and liveness.
    pub health: Health,
}

/// The address could not be listened on.
#[derive(Debug, thiserror::Error)]
#[error("cannot listen on {listen}: {source}; choose another http.listen, or set http.enabled = false")]
pub struct BindError {
    listen: SocketAddr,
    source: io::Error,
}

/// A port that is open but not served yet.
pub struct Server {
    listener: TcpListener,
    admin: Admin,
}

impl Server {
    /// Opens the port; 0 takes any free one.
    ///
    /// # Errors
    /// Where the address is taken, not this machine's, or not permitted.
    pub async fn bind(listen: SocketAddr, admin: Admin) -> Result<Self, BindError> {
        let listener = TcpListener::bind(listen).await.map_err(|source| BindError { listen, source })?;
        Ok(Server { listener, admin })
    }

    /// The address that was opened.
    ///
    /// # Errors
    /// Where the operating system cannot tell.
    pub fn address(&self) -> io::Result<SocketAddr> {
        self.listener.local_addr()
    }

    /// Answers until `shutdown` completes, and through it: an orchestrator asks while the stages drain.
    ///
    /// # Errors
    /// Where the listener breaks.
    pub async fn serve(self, shutdown: impl Future<Output = ()> + Send + 'static) -> io::Result<()> {
        let router = Router::new()
            .route("/", get(status))
            .route("/metrics", get(metrics))
            .route("/livez", get(livez))
            .route("/readyz", get(readyz))
            .with_state(self.admin);
        axum::serve(self.listener, router).with_graceful_shutdown(shutdown).await
    }
}

async fn metrics(State(admin): State<Admin>) -> Response {
    admin.metrics.ready(admin.health.ready().ok);
    match TextEncoder::new().encode_to_string(&admin.registry.gather()) {
        Ok(text) => answer(StatusCode::OK, PROMETHEUS_TEXT, text),
        Err(error) => answer(StatusCode::INTERNAL_SERVER_ERROR, "text/plain", error.to_string()),
    }
}

async fn livez(State(admin): State<Admin>) -> Response {
    verdict(&admin.health.live())
}

async fn readyz(State(admin): State<Admin>) -> Response {
    verdict(&admin.health.ready())
}

async fn status(State(admin): State<Admin>) -> Response {
    let html = page::render(&admin.metrics.snapshot(), &admin.health);
    ([(CONTENT_SECURITY_POLICY, PAGE_POLICY)], answer(StatusCode::OK, HTML, html)).into_response()
}

/// 200 or 503, with the reasons as JSON.
fn verdict(verdict: &Verdict) -> Response {
    let code = if verdict.ok { StatusCode::OK } else { StatusCode::SERVICE_UNAVAILABLE };
    let reasons = serde_json::json!({ "ok": verdict.ok, "reasons": verdict.reasons });
    answer(code, JSON, format!("{reasons}\n"))
}

fn answer(code: StatusCode, content_type: &'static str, body: String) -> Response {
    (code, [(CONTENT_TYPE, content_type), (CACHE_CONTROL, "no-store")], body).into_response()
}

#[cfg(test)]
mod tests {
    use super::super::health;
    use super::*;
    use std::io::{Read, Write};
    use std::net::TcpStream;

    struct Running {
        address: SocketAddr,
        health: Health,
        metrics: Arc<Metrics>,
        stop: tokio::sync::oneshot::Sender<()>,
        done: tokio::task::JoinHandle<io::Result<()>>,
    }

    async fn start() -> Running {
        let registry = Registry::new();
        let metrics = Arc::new(Metrics::new(&registry).unwrap());
        let health = Health::new();
        let admin = Admin { registry, metrics: Arc::clone(&metrics), health: health.clone() };
        let server = Server::bind("127.0.0.1:0".parse().unwrap(), admin).await.unwrap();
        let address = server.address().unwrap();
        let (stop, stopped) = tokio::sync::oneshot::channel();
        let done = tokio::spawn(server.serve(async { stopped.await.unwrap_or(()) }));
        Running { address, health, metrics, stop, done }
    }

    /// One request over a plain socket: the status line's code, and the whole answer.
    async fn request(address: SocketAddr, method: &str, path: &str) -> (u16, String) {
        let text = format!("{method} {path} HTTP/1.1\r\nHost: {address}\r\nConnection: close\r\n\r\n");
        let exchange = move || {
            let mut stream = TcpStream::connect(address).unwrap();
            stream.write_all(text.as_bytes()).unwrap();
            let mut answer = String::new();
            stream.read_to_string(&mut answer).unwrap();
            answer
        };
        let answer = tokio::task::spawn_blocking(exchange).await.unwrap();
        let code = answer.split(' ').nth(1).and_then(|code| code.parse().ok()).unwrap();
        (code, answer)
    }

    #[tokio::test]
    async fn readiness_follows_the_components() {
        let running = start().await;
        let (code, answer) = request(running.address, "GET", "/readyz").await;
        assert_eq!(code, 503);
        assert!(answer.ends_with("{\"ok\":false,\"reasons\":{\"process\":\"starting\"}}\n"), "{answer}");
        running.health.set("dedup", health::State::Ready);
        assert_eq!(request(running.address, "GET", "/readyz").await.0, 200);
        assert!(request(running.address, "GET", "/metrics").await.1.contains("\ncopydesk_ready 1\n"));
        running.health.set("dedup", health::State::waiting("draining"));
        let (code, answer) = request(running.address, "GET", "/readyz").await;
        assert!(code == 503 && answer.contains("\"dedup\":\"draining\""), "{answer}");
        assert_eq!(request(running.address, "GET", "/livez").await.0, 200, "not ready is not dead");
    }

    #[tokio::test]
    async fn a_silent_loop_fails_liveness() {
        let running = start().await;
        let pulse = running.health.pulse("extract", std::time::Duration::ZERO);
        tokio::time::sleep(std::time::Duration::from_millis(20)).await;
        let (code, answer) = request(running.address, "GET", "/livez").await;
        assert!(code == 503 && answer.contains("\"extract\":\"silent"), "{answer}");
        drop(pulse);
        assert_eq!(request(running.address, "GET", "/livez").await.0, 200);
    }

    #[tokio::test]
    async fn metrics_are_in_prometheus_text() {
        let running = start().await;
        running.metrics.candidates(7);
        let (code, answer) = request(running.address, "GET", "/metrics").await;
        assert_eq!(code, 200);
        assert!(answer.to_lowercase().contains("content-type: text/plain; version=0.0.4"), "{answer}");
        assert!(answer.contains("# TYPE copydesk_candidates_total counter\ncopydesk_candidates_total 7\n"), "{answer}");
    }

    #[tokio::test]
    async fn the_page_shows_counters_and_escapes_reasons() {
        let running = start().await;
        running.health.set("lane 1", health::State::waiting("<script>"));
        let (code, answer) = request(running.address, "GET", "/").await;
        assert_eq!(code, 200);
        assert!(answer.contains("<!doctype html>") && answer.contains("&lt;script&gt;"), "{answer}");
        assert!(!answer.contains("<script"), "{answer}");
    }

    #[tokio::test]
    async fn other_paths_and_methods_are_refused() {
        let running = start().await;
        assert_eq!(request(running.address, "GET", "/nothing").await.0, 404);
        assert_eq!(request(running.address, "POST", "/metrics").await.0, 405);
    }

    #[tokio::test]
    async fn a_taken_port_is_a_clear_error_and_shutdown_frees_it() {
        let running = start().await;
        let registry = Registry::new();
        let metrics = Arc::new(Metrics::new(&registry).unwrap());
        let admin = Admin { registry, metrics, health: Health::new() };
        let error = Server::bind(running.address, admin.clone()).await.err().unwrap().to_string();
        assert!(error.starts_with(&format!("cannot listen on {}", running.address)), "{error}");
        assert!(error.contains("http.listen"), "{error}");
        running.stop.send(()).unwrap();
        running.done.await.unwrap().unwrap();
        Server::bind(running.address, admin).await.unwrap();
    }
}
