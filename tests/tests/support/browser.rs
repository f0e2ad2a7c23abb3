//! A headless Chromium to test the shop page with, driven through `chromedriver`.
//!
//! Each [`Browser`] has a driver process and a profile of its own and ends both when it is dropped, also on a panic.

#![allow(dead_code, reason = "each test file compiles this module for itself and uses its own part of it")]

use std::io::{BufRead as _, BufReader, Read as _, Write as _};
use std::net::TcpStream;
use std::process::{Child, Command, Stdio};
use std::sync::mpsc;
use std::time::Duration;

use fantoccini::actions::{InputSource as _, KeyAction, KeyActions};
use fantoccini::key::Key;
use fantoccini::wd::WebDriverCompatibleCommand;
use fantoccini::{Client, ClientBuilder, Locator};
use hyper_util::client::legacy::connect::HttpConnector;
use serde_json::{Value, json};
use tempfile::TempDir;

/// How long a page may take to get where a test wants it: generous, for machines that do other work too.
const DEADLINE: Duration = Duration::from_secs(45);
const POLL: Duration = Duration::from_millis(40);
const DRIVER_START: Duration = Duration::from_secs(20);

const HOW_TO_INSTALL: &str = "the browser tests need Chromium and its driver: run `cargo xtask test`, which installs \
    them, or install the packages `chromium` and `chromium-driver`, or name a driver in CHROMEDRIVER";

const ARGUMENTS: [&str; 9] = [
    "--headless",
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--disable-dev-shm-usage",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
];

/// One browser with one window.
pub(crate) struct Browser {
    client: Client,
    // Dropped in this order: the browser has ended when its profile is removed.
    _driver: Driver,
    _profile: TempDir,
}

impl Browser {
    /// Starts a browser with an empty profile.
    pub(crate) async fn start() -> Self {
        let driver = Driver::start();
        let profile = tempfile::tempdir().expect("a folder for the browser's profile");
        let profile_argument = format!("--user-data-dir={}", profile.path().display());
        let arguments: Vec<&str> = ARGUMENTS.into_iter().chain([profile_argument.as_str()]).collect();
        let capabilities = json!({
            "goog:chromeOptions": { "args": arguments },
            "goog:loggingPrefs": { "browser": "ALL" },
        });
        let client = ClientBuilder::new(HttpConnector::new())
            .capabilities(capabilities.as_object().cloned().unwrap_or_default())
            .connect(&format!("http://127.0.0.1:{}", driver.port))
            .await
            .unwrap_or_else(|error| panic!("chromedriver starts no browser: {error}; {HOW_TO_INSTALL}"));
        Self { client, _driver: driver, _profile: profile }
    }

    /// Opens an address.
    pub(crate) async fn open(&self, url: &str) {
        self.client.goto(url).await.unwrap_or_else(|error| panic!("{url} does not open: {error}"));
    }

    /// Loads the page again.
    pub(crate) async fn reload(&self) {
        self.client.refresh().await.expect("the page reloads");
    }

    /// The value of a JavaScript expression in the page.
    pub(crate) async fn value(&self, expression: &str) -> Value {
        let script = format!("return ({expression});");
        self.client.execute(&script, vec![]).await.unwrap_or_else(|error| panic!("`{expression}` fails: {error}"))
    }

    /// Waits until a JavaScript expression is true in the page; fails with the page's text when it does not become so.
    pub(crate) async fn until(&self, expression: &str) {
        let holds = async {
            while !self.value(&format!("Boolean({expression})")).await.as_bool().unwrap_or_default() {
                tokio::time::sleep(POLL).await;
            }
        };
        if tokio::time::timeout(DEADLINE, holds).await.is_err() {
            let text = self.value("location.href + '\\n' + document.body.innerText").await;
            let log = self.log().await;
            panic!("`{expression}` did not become true; the page:\n{}\nits log: {log:?}", text.as_str().unwrap_or(""));
        }
    }

    /// Waits until an element can be seen and contains a text.
    pub(crate) async fn until_text(&self, css: &str, text: &str) {
        let (css, text) = (json!(css), json!(text));
        self.until(&format!(
            "[...document.querySelectorAll({css})].some((node) => node.checkVisibility() && node.textContent.includes({text}))"
        ))
        .await;
    }

    /// Clicks an element as a person would, once it can be seen.
    pub(crate) async fn click(&self, css: &str) {
        self.until(&format!("document.querySelector({})?.checkVisibility()", json!(css))).await;
        // The bar at the top stays where it is and may lie over an element that counts as in view.
        self.value(&format!("document.querySelector({}).scrollIntoView({{ block: 'center' }})", json!(css))).await;
        let element = self.client.find(Locator::Css(css)).await.expect("an element that was there a moment ago");
        element.click().await.unwrap_or_else(|error| panic!("{css} cannot be clicked: {error}"));
    }

    /// Replaces a field's text.
    pub(crate) async fn fill(&self, css: &str, text: &str) {
        self.until(&format!("document.querySelector({})?.checkVisibility()", json!(css))).await;
        let element = self.client.find(Locator::Css(css)).await.expect("a field that was there a moment ago");
        // Selected and typed over, as a person does: to clear it first would be a change of its own.
        self.value(&format!("document.querySelector({}).select()", json!(css))).await;
        element.send_keys(text).await.unwrap_or_else(|error| panic!("{css} takes no text: {error}"));
    }

    /// Types on the keyboard, wherever the focus is.
    pub(crate) async fn type_text(&self, text: &str) {
        for char in text.chars() {
            self.key(char).await;
        }
    }

    /// Presses one key.
    pub(crate) async fn press(&self, key: Key) {
        self.key(key.into()).await;
    }

    async fn key(&self, value: char) {
        let keys = KeyActions::new("keyboard".to_owned()).then(KeyAction::Down { value }).then(KeyAction::Up { value });
        self.client.perform_actions(keys).await.expect("a key is pressed");
    }

    /// Walks with the tabulator key until the focus is on an element that matches `css`.
    pub(crate) async fn tab_to(&self, css: &str) {
        const STOPS: usize = 80;
        for _ in 0..STOPS {
            self.press(Key::Tab).await;
            if self.value(&format!("document.activeElement.matches({})", json!(css))).await == json!(true) {
                return;
            }
        }
        panic!("{css} cannot be reached with the tabulator key");
    }

    /// A command of the browser's own protocol.
    pub(crate) async fn devtools(&self, command: &str, parameters: Value) -> Value {
        let command = Vendor { path: "goog/cdp/execute", body: json!({ "cmd": command, "params": parameters }) };
        self.client.issue_cmd(command).await.expect("the browser's own protocol answers")
    }

    /// What the page wrote to the console since the last call, errors of scripts and policies included:
    /// the source of each entry and its text.
    pub(crate) async fn log(&self) -> Vec<(String, String)> {
        let command = Vendor { path: "se/log", body: json!({ "type": "browser" }) };
        let entries = self.client.issue_cmd(command).await.expect("the browser's log can be read");
        let word = |entry: &Value, name: &str| entry[name].as_str().unwrap_or_default().to_owned();
        entries.as_array().into_iter().flatten().map(|entry| (word(entry, "source"), word(entry, "message"))).collect()
    }

    /// The accessibility tree: role and name of each node that assistive technology is told of.
    pub(crate) async fn accessibility(&self) -> Vec<(String, String)> {
        let tree = self.devtools("Accessibility.getFullAXTree", json!({})).await;
        let word = |node: &Value, name: &str| node[name]["value"].as_str().unwrap_or_default().to_owned();
        let nodes = tree["nodes"].as_array().cloned().unwrap_or_default();
        nodes
            .iter()
            .filter(|node| node["ignored"] != json!(true))
            .map(|node| (word(node, "role"), word(node, "name")))
            .collect()
    }
}

/// A command that only this driver knows.
#[derive(Debug)]
struct Vendor {
    path: &'static str,
    body: Value,
}

impl WebDriverCompatibleCommand for Vendor {
    fn endpoint(&self, base: &url::Url, session: Option<&str>) -> Result<url::Url, url::ParseError> {
        base.join(&format!("session/{}/{}", session.unwrap_or_default(), self.path))
    }

    fn method_and_body(&self, _: &url::Url) -> (http::Method, Option<String>) {
        (http::Method::POST, Some(self.body.to_string()))
    }
}

struct Driver {
    process: Child,
    port: u16,
}

impl Driver {
    fn start() -> Self {
        #[expect(clippy::disallowed_methods, reason = "the tests are an edge: which driver to run is a setting")]
        let program = std::env::var("CHROMEDRIVER").unwrap_or_else(|_| "chromedriver".to_owned());
        let mut process = Command::new(&program)
            .arg("--port=0")
            .stdin(Stdio::null())
            .stdout(Stdio::piped())
            .stderr(Stdio::null())
            .spawn()
            .unwrap_or_else(|error| panic!("`{program}` does not start: {error}; {HOW_TO_INSTALL}"));
        let output = process.stdout.take().expect("the driver's output was asked for");
        let mut driver = Self { process, port: 0 };
        let (found, port) = mpsc::channel();
        std::thread::spawn(move || {
            for line in BufReader::new(output).lines().map_while(Result::ok) {
                if let Some(port) = line.strip_suffix('.').and_then(|line| line.split(" on port ").nth(1)?.parse().ok())
                {
                    // Nobody listens any more when the port came too late: the test has failed already.
                    let _ = found.send(port);
                }
            }
        });
        driver.port = port
            .recv_timeout(DRIVER_START)
            .unwrap_or_else(|_| panic!("`{program}` names no port to listen on; {HOW_TO_INSTALL}"));
        driver
    }

    /// Asks the driver to end its browsers and itself: a driver that is only killed leaves its browser behind.
    fn shut_down(&self) -> std::io::Result<()> {
        let mut stream = TcpStream::connect(("127.0.0.1", self.port))?;
        stream.set_read_timeout(Some(DRIVER_START))?;
        write!(stream, "GET /shutdown HTTP/1.1\r\nHost: 127.0.0.1:{}\r\nConnection: close\r\n\r\n", self.port)?;
        stream.read_to_end(&mut Vec::new()).map(drop)
    }
}

impl Drop for Driver {
    fn drop(&mut self) {
        // All of these may fail when the driver has ended by itself, which is what they are for.
        if self.port != 0 {
            let _ = self.shut_down();
        }
        let _ = self.process.kill();
        let _ = self.process.wait();
    }
}
