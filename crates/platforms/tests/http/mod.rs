//! The real transport against real sockets.

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use http::{HeaderMap, Method};
use platforms::call::Reach;
use platforms::http::{Address, HyperTransport, Request, SendError, Transport, TransportOptions};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpListener, TcpStream};

fn request(url: String, address: Address) -> Request {
    Request {
        operation: "test.call",
        method: Method::POST,
        url,
        headers: HeaderMap::new(),
        body: "hello".into(),
        deadline_ms: 2_000,
        address,
    }
}

fn transport() -> HyperTransport {
    HyperTransport::new(TransportOptions {
        max_answer_bytes: 1_000,
        ..TransportOptions::default()
    })
}

/// A server that reads each request whole and then writes these bytes; `close` ends the connection
/// after each. Gives its address and how many requests came.
async fn server(answer: &'static str, close: bool) -> (String, Arc<AtomicUsize>) {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = format!("http://{}", listener.local_addr().unwrap());
    let count = Arc::new(AtomicUsize::new(0));
    let counted = count.clone();
    tokio::spawn(async move {
        while let Ok((mut stream, _)) = listener.accept().await {
            let counted = counted.clone();
            tokio::spawn(async move {
                while read_request(&mut stream).await {
                    counted.fetch_add(1, Ordering::SeqCst);
                    stream.write_all(answer.as_bytes()).await.unwrap();
                    if close {
                        break;
                    }
                }
            });
        }
    });
    (address, count)
}

async fn read_request(stream: &mut TcpStream) -> bool {
    let mut read = Vec::new();
    let mut buffer = [0; 1024];
    while !read.ends_with(b"hello") {
        match stream.read(&mut buffer).await {
            Ok(0) | Err(_) => return false,
            Ok(count) => read.extend_from_slice(&buffer[..count]),
        }
    }
    true
}

async fn send(address: &str) -> Result<platforms::http::Response, SendError> {
    transport()
        .send(request(
            format!("{address}/path?secret=1"),
            Address::Configured,
        ))
        .await
}

#[tokio::test]
async fn an_answer_comes_whole_and_redirects_are_answers() {
    let (address, count) = server(
        "HTTP/1.1 302 Found\r\nlocation: http://127.0.0.1:1/\r\ncontent-length: 2\r\n\r\nhi",
        false,
    )
    .await;
    let transport = transport();
    for _ in 0..3 {
        let answer = transport
            .send(request(address.clone(), Address::Configured))
            .await
            .unwrap();
        assert_eq!(
            (answer.status, answer.body.as_ref()),
            (302, b"hi".as_slice())
        );
        assert_eq!(answer.headers["location"], "http://127.0.0.1:1/");
    }
    assert_eq!(count.load(Ordering::SeqCst), 3);
}

#[tokio::test]
async fn a_refused_connection_was_certainly_not_sent() {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = format!("http://{}", listener.local_addr().unwrap());
    drop(listener);
    let Err(SendError::NotSent(text)) = send(&address).await else {
        panic!("it was not refused")
    };
    assert!(!text.contains("secret"), "{text}");
    assert!(matches!(
        send("http://no-such-host.invalid").await,
        Err(SendError::NotSent(_))
    ));
}

#[tokio::test]
async fn a_tls_handshake_that_fails_was_certainly_not_sent() {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = format!("https://{}", listener.local_addr().unwrap());
    tokio::spawn(async move {
        let (mut stream, _) = listener.accept().await.unwrap();
        stream
            .write_all(b"HTTP/1.1 400 Bad Request\r\n\r\n")
            .await
            .unwrap();
        let mut rest = Vec::new();
        let _ = stream.read_to_end(&mut rest).await;
    });
    assert!(matches!(send(&address).await, Err(SendError::NotSent(_))));
}

#[tokio::test]
async fn a_connection_closed_in_mid_answer_may_have_had_its_effect() {
    let (silent, count) = server("", true).await;
    assert!(matches!(send(&silent).await, Err(SendError::NoAnswer(_))));
    assert_eq!(count.load(Ordering::SeqCst), 1, "sent once, never again");
    let (half, _) = server("HTTP/1.1 200 OK\r\ncontent-length: 100\r\n\r\nhalf", true).await;
    assert!(matches!(send(&half).await, Err(SendError::NoAnswer(_))));
    let (noise, _) = server("no http at all\r\n\r\n", true).await;
    assert!(matches!(send(&noise).await, Err(SendError::NoAnswer(_))));
}

#[tokio::test]
async fn an_answer_that_is_too_large_is_none() {
    let long = "x".repeat(1_001);
    let answer = format!("HTTP/1.1 200 OK\r\ncontent-length: 1001\r\n\r\n{long}");
    let (address, _) = server(answer.leak(), false).await;
    let Err(SendError::NoAnswer(text)) = send(&address).await else {
        panic!("it was read")
    };
    assert!(text.contains("1000 bytes"), "{text}");
}

#[tokio::test]
async fn a_slow_server_is_left_at_the_deadline() {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let url = format!("http://{}", listener.local_addr().unwrap());
    let accepted = tokio::spawn(async move { listener.accept().await.unwrap() });
    let quick = Request {
        deadline_ms: 50,
        ..request(url, Address::Configured)
    };
    let Err(SendError::NoAnswer(text)) = transport().send(quick).await else {
        panic!("it answered")
    };
    assert!(text.contains("50 ms"), "{text}");
    accepted.abort();
}

#[tokio::test]
async fn a_connection_that_the_server_closed_meanwhile_is_not_used_blindly() {
    let (address, count) = server("HTTP/1.1 200 OK\r\ncontent-length: 2\r\n\r\nhi", true).await;
    let transport = transport();
    for round in 1..=5 {
        match transport
            .send(request(address.clone(), Address::Configured))
            .await
        {
            Ok(answer) => assert_eq!(answer.status, 200),
            Err(error) => panic!("round {round}: {error}"),
        }
        tokio::task::yield_now().await;
    }
    assert_eq!(count.load(Ordering::SeqCst), 5);
}

#[tokio::test]
async fn given_addresses_may_lead_here_only_where_that_is_allowed() {
    let (address, count) = server("HTTP/1.1 200 OK\r\ncontent-length: 2\r\n\r\nhi", false).await;
    let port = address.rsplit(':').next().unwrap().to_owned();
    for host in ["127.0.0.1", "localhost"] {
        let url = format!("http://{host}:{port}/");
        let public = transport()
            .send(request(url.clone(), Address::Given(Reach::PublicOnly)))
            .await;
        assert!(matches!(public, Err(SendError::NotSent(_))), "{host}");
        assert!(
            transport()
                .send(request(url, Address::Given(Reach::LoopbackToo)))
                .await
                .is_ok(),
            "{host}"
        );
    }
    let inside = "https://10.0.0.1/".to_owned();
    let Err(SendError::NotSent(why)) = transport()
        .send(request(inside, Address::Given(Reach::LoopbackToo)))
        .await
    else {
        panic!("it was tried");
    };
    assert!(why.contains("private network"), "{why}");
    assert_eq!(count.load(Ordering::SeqCst), 2);
}
