//! The wire of STS: `GetCallerIdentity`, which many clients ask first.

use aqueduct_services::Site;
use bytes::Bytes;
use http::StatusCode;
use http::request::Parts;

use crate::codec;
use crate::route::Service;
use crate::xml::{self, Xml};

/// Answers `GetCallerIdentity` with the root identity of the site's account; any other action of STS is refused by name.
///
/// Source: <https://docs.aws.amazon.com/STS/latest/APIReference/API_GetCallerIdentity.html>
pub fn caller_identity(site: &Site, parts: &Parts, body: &Bytes, request_id: &str) -> http::Response<Bytes> {
    let codec = match codec::open(Service::Sts, parts, body) {
        Ok((codec, _)) => codec,
        Err(answer) => return *answer,
    };
    if codec.action != "GetCallerIdentity" {
        return codec.refusal(&codec.unknown(), request_id);
    }
    let result = |xml: &mut Xml| {
        xml.text("Arn", &format!("arn:aws:iam::{}:root", site.account));
        xml.text("UserId", &site.account);
        xml.text("Account", &site.account);
    };
    let body = xml::response(codec.namespace(), &codec.action, request_id, Some(result));
    codec.answer(StatusCode::OK, request_id, body.into())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_caller_is_the_sites_account() {
        let site = Site {
            account: "000000000000".into(),
            region: "us-east-1".into(),
            endpoint: "http://127.0.0.1:4566".into(),
        };
        let (parts, ()) = http::Request::post("/").body(()).unwrap().into_parts();
        let body = Bytes::from_static(b"Action=GetCallerIdentity&Version=2011-06-15");
        let response = caller_identity(&site, &parts, &body, "r-1");
        assert_eq!(response.status(), 200);
        assert!(String::from_utf8_lossy(response.body()).contains("<Account>000000000000</Account>"));
        let other = caller_identity(&site, &parts, &Bytes::from_static(b"Action=AssumeRole"), "r-1");
        assert_eq!(other.status(), 501);
        let unknown = caller_identity(&site, &parts, &Bytes::from_static(b"Action=Nothing&Version=2011-06-15"), "r-1");
        assert_eq!(unknown.status(), 400);
        assert!(String::from_utf8_lossy(unknown.body()).contains("<Code>InvalidAction</Code>"));
    }
}
