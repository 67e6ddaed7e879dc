//! The harness itself: the browser does what its words say, the PDS answers, breaks on command and goes.

use std::io::{Read as _, Write as _};
use std::net::{TcpListener, TcpStream};

use testing::browser::{Browser, Look};
use testing::pds::{self, Fault, Pds, TlsFront};

const PAGE: &str = "<!doctype html><html lang=en><title>A page</title><meta name=viewport content='width=device-width'>
<style>:root { color-scheme: light dark } #drop { width: 200px; height: 80px; background: light-dark(#fff, #000) }</style>
<main><h1>Hello</h1>
<form onsubmit=\"event.preventDefault(); done.innerText = new URLSearchParams(new FormData(this)).toString()\">
<label>Caption <textarea name=caption>old</textarea></label>
<label for=when>When</label><input id=when type=datetime-local name=when>
<label>Zone <select name=zone><option>UTC</option><option>Europe/Berlin</option></select></label>
<label><input type=checkbox name=later value=yes> Later</label>
<input type=file name=file aria-label=Picture>
<button>Schedule for later</button><button disabled>Schedule</button></form>
<p id=done></p>
<ul><li id=one><button onclick=\"done.innerText='one'\">Pick</button><li id=two><button onclick=\"done.innerText='two'\">Pick</button></ul>
<div id=drag draggable=true ondragstart=\"event.dataTransfer.setData('text','x')\" style='width:60px;height:30px;background:#ccc'>Card</div>
<div id=drop ondragover='event.preventDefault()' ondrop=\"event.preventDefault(); done.innerText='dropped'\"></div>
<p style='display:none'>Never seen</p></main>";

/// Serves one page to whoever asks, until the test's process ends.
fn serve(page: &'static str) -> u16 {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let port = listener.local_addr().unwrap().port();
    std::thread::spawn(move || {
        for mut socket in listener.incoming().flatten() {
            std::thread::spawn(move || {
                drop(socket.read(&mut [0; 4096]));
                let head = "HTTP/1.1 200 OK\r\nContent-Type: text/html; charset=utf-8\r\nConnection: close";
                drop(write!(
                    socket,
                    "{head}\r\nContent-Length: {}\r\n\r\n{page}",
                    page.len()
                ));
            });
        }
    });
    port
}

#[tokio::test]
async fn the_browser_does_what_its_words_say() {
    let port = serve(PAGE);
    let browser = Browser::open(Look::desktop()).await.unwrap();
    browser
        .goto(&format!("http://127.0.0.1:{port}/"))
        .await
        .unwrap();
    assert_eq!(browser.title().await.unwrap(), "A page");
    browser.fill("Caption", "Grüße 🌊").await.unwrap();
    browser.fill("When", "2026-12-24T18:30").await.unwrap();
    browser.fill("Zone", "Europe/Berlin").await.unwrap();
    browser.tick("Later", true).await.unwrap();
    browser.click("Schedule").await.unwrap();
    browser
        .wait_for_text("when=2026-12-24T18%3A30")
        .await
        .unwrap();
    let sent = browser.text("#done").await.unwrap();
    assert!(
        sent.starts_with("caption=Gr%C3%BC%C3%9Fe+%F0%9F%8C%8A&"),
        "{sent}"
    );
    assert!(
        sent.contains("zone=Europe%2FBerlin&later=yes&file="),
        "{sent}"
    );
    browser.click_in("#two", "Pick").await.unwrap();
    assert_eq!(browser.text("#done").await.unwrap(), "two");
    browser.drag("#drag", "#drop").await.unwrap();
    browser.wait_for_text("dropped").await.unwrap();
    assert_eq!(browser.axe().await.unwrap().len(), 0);
    browser.close().await.unwrap();
}

#[tokio::test]
async fn what_is_hidden_or_wrong_is_not_found() {
    let port = serve(
        "<!doctype html><title></title><meta name=viewport content='width=device-width'><p style='display:none'>Never seen</p><p>Plainly  seen</p><img src=x><button disabled>No</button>",
    );
    let browser = Browser::open(Look::phone().dark()).await.unwrap();
    browser
        .goto(&format!("http://127.0.0.1:{port}/"))
        .await
        .unwrap();
    let (width, dark) = (
        "return innerWidth",
        "return matchMedia('(prefers-color-scheme: dark)').matches",
    );
    assert_eq!(browser.script(width, vec![]).await.unwrap(), 390);
    assert_eq!(browser.script(dark, vec![]).await.unwrap(), true);
    assert!(!browser.shows("No").await.unwrap());
    assert!(browser.says("Plainly seen").await.unwrap());
    assert!(!browser.says("Never seen").await.unwrap());
    let rules: Vec<String> = browser
        .axe()
        .await
        .unwrap()
        .into_iter()
        .map(|v| v.id)
        .collect();
    assert!(rules.contains(&"image-alt".to_owned()), "{rules:?}");
    browser
        .script("console.error('a breach')", vec![])
        .await
        .unwrap();
    let errors = browser.console_errors().await.unwrap();
    assert!(
        errors.iter().any(|line| line.contains("a breach")),
        "{errors:?}"
    );
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("shots/page.png");
    browser.screenshot(&file).await.unwrap();
    assert!(std::fs::read(file).unwrap().starts_with(b"\x89PNG"));
}

#[tokio::test]
async fn the_pds_breaks_on_command_and_goes_with_the_test() {
    let pds = Pds::start().await.unwrap();
    let anna = pds
        .create_account("anna.test", "a good password")
        .await
        .unwrap();
    assert!(anna.did.starts_with("did:plc:"));
    let health = format!("{}/xrpc/_health", pds.url);
    let get = || async { reqwest::get(&health).await.map(|a| a.status().as_u16()) };
    pds.cut_off().await.unwrap();
    assert_eq!(get().await.unwrap(), 503);
    pds.restore().await.unwrap();
    pds.forget_requests().await.unwrap();
    pds.lose_next_answer("/xrpc/_health").await.unwrap();
    assert!(get().await.is_err());
    assert_eq!(get().await.unwrap(), 200);
    pds.fault(
        Fault::status(429)
            .method("POST")
            .path("/xrpc/_health")
            .body(serde_json::json!({ "error": "RateLimitExceeded" })),
    )
    .await
    .unwrap();
    assert_eq!(get().await.unwrap(), 200);
    let seen = pds.requests("/xrpc/_health").await.unwrap();
    let met: Vec<_> = seen
        .iter()
        .map(|s| (s.status, s.fault.as_deref()))
        .collect();
    assert_eq!(
        met,
        [
            (None, Some("lose_answer")),
            (Some(200), None),
            (Some(200), None)
        ]
    );
    assert!(
        pds.list_records(&anna.did, "app.bsky.feed.post")
            .await
            .unwrap()
            .is_empty()
    );
    assert!(pds.age(60, Some("nobody.test")).await.is_err());
    let port = pds.url.rsplit_once(':').unwrap().1.parse::<u16>().unwrap();
    drop(pds);
    assert!(TcpStream::connect(("127.0.0.1", port)).is_err());
}

#[tokio::test]
async fn a_person_consents_on_the_pds_pages_and_comes_back_by_https() {
    const HOST: &str = "planner.mainstay-social.net";
    let pds = Pds::start().await.unwrap();
    pds.create_account("anna.test", "a good password")
        .await
        .unwrap();
    let port = serve("<!doctype html><title>Back</title><p>Welcome back");
    let front = TlsFront::start(HOST, port).await.unwrap();
    let browser = Browser::open(Look::desktop().host(HOST, front.port))
        .await
        .unwrap();
    browser.goto(&format!("https://{HOST}/")).await.unwrap();
    browser.wait_for_text("Welcome back").await.unwrap();
    // A loopback client; no token is fetched here, so the challenge may be any.
    let redirect = format!("http://127.0.0.1:{port}/back");
    for (end, word) in [
        ("Deny access", "error=access_denied"),
        ("Authorize", "code="),
    ] {
        let mut url = url::Url::parse(&format!("{}/oauth/authorize", pds.url)).unwrap();
        let client = url::Url::parse_with_params(
            "http://localhost",
            [("redirect_uri", redirect.as_str()), ("scope", "atproto")],
        );
        let client = client
            .unwrap()
            .as_str()
            .replace("localhost/?", "localhost?");
        url.query_pairs_mut().extend_pairs([
            ("client_id", client.as_str()),
            ("redirect_uri", redirect.as_str()),
            ("scope", "atproto"),
            ("response_type", "code"),
            ("state", end),
            (
                "code_challenge",
                "E9Melhoa2OwvFrEMTJguCHaoeK1t8URWbuGJSstw-cM",
            ),
            ("code_challenge_method", "S256"),
        ]);
        browser.goto(url.as_str()).await.unwrap();
        let gone = if end == "Authorize" {
            pds::authorize(&browser, &pds, "anna.test", "a good password").await
        } else {
            pds::deny(&browser, &pds, "anna.test", "a good password").await
        };
        gone.unwrap();
        let back = browser.url().await.unwrap();
        assert!(
            back.starts_with(&redirect) && back.contains(word),
            "{end}: {back}"
        );
    }
}
