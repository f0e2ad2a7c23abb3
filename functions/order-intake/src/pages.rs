//! The shop page and what it needs.

use aqueduct::http::Response;
use orders::{CATALOGUE, CURRENCY};
use serde_json::json;

/// The page loads nothing from elsewhere and talks to nobody else.
const POLICY: &str = "default-src 'self'; base-uri 'none'; form-action 'self'; frame-ancestors 'none'";

/// The page's files: path, media type, contents.
const FILES: &[(&str, &str, &str)] = &[
    ("", HTML, include_str!("../shop/index.html")),
    ("shop.css", "text/css; charset=utf-8", include_str!("../shop/shop.css")),
    ("icon.svg", "image/svg+xml", include_str!("../shop/icon.svg")),
    ("shop.js", SCRIPT, include_str!("../shop/shop.js")),
    ("checkout.js", SCRIPT, include_str!("../shop/checkout.js")),
    ("dom.js", SCRIPT, include_str!("../shop/dom.js")),
    ("net.js", SCRIPT, include_str!("../shop/net.js")),
    ("order.js", SCRIPT, include_str!("../shop/order.js")),
    ("state.js", SCRIPT, include_str!("../shop/state.js")),
];

const HTML: &str = "text/html; charset=utf-8";
const SCRIPT: &str = "text/javascript; charset=utf-8";

/// The page at a path.
pub(crate) fn find(path: &[&str]) -> Option<Response> {
    let page = if path == ["catalogue"] {
        Response::json(200, &json!({ "currency": CURRENCY, "products": CATALOGUE }))
    } else {
        let (_, media_type, text) = FILES.iter().find(|(name, ..)| *name == path.join("/"))?;
        Response::text(200, media_type, *text).header("cache-control", "no-cache")
    };
    Some(page.header("content-security-policy", POLICY).header("x-content-type-options", "nosniff"))
}
