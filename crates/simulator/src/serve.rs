//! Serving on a real port: the only place where lost answers and delays become real.

use crate::faults::{DELAY_HEADER, LOST_HEADER};
use crate::simulator::Simulator;
use axum::body::Body;
use axum::response::Response;
use hyper::body::Incoming;
use hyper::service::service_fn;
use hyper_util::rt::{TokioIo, TokioTimer};
use std::future::Future;
use std::time::Duration;
use tokio::net::TcpListener;
use tokio::task::JoinSet;
use tower::ServiceExt;

/// A fault dropped this answer: the connection is closed instead.
#[derive(Debug, thiserror::Error)]
#[error("the answer was lost")]
struct Lost;

/// Serves until `shutdown` ends; open connections are then cut.
pub async fn serve(sim: Simulator, listener: TcpListener, shutdown: impl Future<Output = ()>) {
    let router = sim.router();
    let mut open = JoinSet::new();
    tokio::pin!(shutdown);
    loop {
        let stream = tokio::select! {
            biased;
            () = &mut shutdown => break,
            Some(_) = open.join_next(), if !open.is_empty() => continue,
            accepted = listener.accept() => match accepted {
                Ok((stream, _)) => stream,
                Err(error) => {
                    tracing::warn!(%error, "the simulator could not take a connection");
                    tokio::task::yield_now().await;
                    continue;
                }
            },
        };
        let router = router.clone();
        open.spawn(async move {
            let service = service_fn(move |request: hyper::Request<Incoming>| {
                answer(router.clone(), request.map(Body::new))
            });
            let connection = hyper::server::conn::http1::Builder::new()
                .timer(TokioTimer::new())
                .header_read_timeout(Duration::from_secs(60))
                .serve_connection(TokioIo::new(stream), service);
            if let Err(error) = connection.await {
                tracing::debug!(%error, "a connection to the simulator ended");
            }
        });
    }
    open.shutdown().await;
}

async fn answer(router: axum::Router, request: http::Request<Body>) -> Result<Response, Lost> {
    let Ok(mut response) = router.oneshot(request).await;
    let delay = response
        .headers_mut()
        .remove(DELAY_HEADER)
        .and_then(|value| value.to_str().ok()?.parse().ok());
    if let Some(ms) = delay {
        // Real waiting, as somebody on the other end of a wire has to.
        tokio::time::sleep(Duration::from_millis(ms)).await;
    }
    if response.headers_mut().remove(LOST_HEADER).is_some() {
        return Err(Lost);
    }
    Ok(response)
}
