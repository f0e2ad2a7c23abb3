//! Function URLs.
//!
//! Source: LocalStack's AWS-validated tests `TestLambdaUrl::test_url_config_lifecycle`, `…test_url_config_exceptions` and
//! `…test_url_config_list_paging`

use crate::lambda::Lambda;
use crate::lambda::api::{Response, UrlChange};
use crate::lambda::function::{Function, Url};
use crate::lambda::refusals::{conflict, constraint, no_resource, not_found, one_of};
use crate::{ApiError, Timestamp};

/// How many characters name a URL.
const URL_ID_CHARS: usize = 32;

impl Lambda {
    /// Says where the driver serves a function's URL.
    pub fn set_url(&mut self, function: &str, address: String) -> Result<(), ApiError> {
        if let Some(url) = &mut self.function_mut(function)?.url {
            url.address = Some(address);
        }
        Ok(())
    }

    pub(super) fn create_url(&mut self, now: Timestamp, change: UrlChange) -> Result<Response, ApiError> {
        let auth_type = change.auth_type.as_deref().unwrap_or_default();
        if auth_type.is_empty() {
            return Err(constraint("null", "authType", "not be null"));
        }
        check(&change)?;
        let function = self.function(&change.function).map_err(no_function)?;
        if function.url.is_some() {
            return Err(conflict(format!(
                "Failed to create function url config for [functionArn = {}]. Error message:  FunctionUrlConfig exists \
                 for this Lambda function",
                function.arn
            )));
        }
        let url = Url {
            id: self.url_id(),
            auth_type: auth_type.to_owned(),
            invoke_mode: change.invoke_mode.unwrap_or_else(|| "BUFFERED".to_owned()),
            created: now,
            modified: now,
            address: None,
        };
        let endpoint = self.site.endpoint.clone();
        let function = self.function_mut(&change.function)?;
        function.url = Some(url);
        function.describe_url(&endpoint).map(Response::UrlCreated).ok_or_else(no_resource)
    }

    pub(super) fn update_url(&mut self, now: Timestamp, change: UrlChange) -> Result<Response, ApiError> {
        check(&change)?;
        let endpoint = self.site.endpoint.clone();
        self.function(&change.function).map_err(no_function)?;
        let function = self.function_mut(&change.function)?;
        let url = function.url.as_mut().ok_or_else(no_resource)?;
        url.auth_type = change.auth_type.unwrap_or_else(|| url.auth_type.clone());
        url.invoke_mode = change.invoke_mode.unwrap_or_else(|| url.invoke_mode.clone());
        url.modified = now;
        function.describe_url(&endpoint).map(Response::Url).ok_or_else(no_resource)
    }

    pub(super) fn url_config(&self, text: &str) -> Result<Response, ApiError> {
        let described = self.function(text).map_err(missing)?.describe_url(&self.site.endpoint);
        described.map(Response::Url).ok_or_else(no_resource)
    }

    pub(super) fn list_urls(&self, text: &str) -> Result<Response, ApiError> {
        let function = self.function(text).map_err(no_function)?;
        Ok(Response::Urls(function.describe_url(&self.site.endpoint).into_iter().collect()))
    }

    pub(super) fn delete_url(&mut self, text: &str) -> Result<Response, ApiError> {
        self.url_config(text)?;
        self.function_mut(text)?.url = None;
        Ok(Response::Empty)
    }

    /// The function whose URL has this id.
    pub(in crate::lambda) fn function_of_url(&self, url_id: &str) -> Option<&Function> {
        self.functions.values().find(|function| function.url.as_ref().is_some_and(|url| url.id == url_id))
    }

    /// Small letters and digits.
    pub(in crate::lambda) fn url_id(&mut self) -> String {
        const LETTERS: &[u8; 32] = b"abcdefghijklmnopqrstuvwxyz234567";
        let mut id = String::with_capacity(URL_ID_CHARS);
        while id.len() < URL_ID_CHARS {
            let bits = self.ids.next_u64();
            for place in 0..8 {
                let index = usize::try_from((bits >> (8 * place)) & 31).unwrap_or_default();
                id.push(char::from(LETTERS[index]));
            }
        }
        id
    }
}

fn check(change: &UrlChange) -> Result<(), ApiError> {
    if let Some(auth_type) = &change.auth_type {
        one_of(auth_type, "authType", &["NONE", "AWS_IAM"])?;
    }
    if let Some(mode) = &change.invoke_mode {
        one_of(mode, "invokeMode", &["RESPONSE_STREAM", "BUFFERED"])?;
    }
    Ok(())
}

fn no_function(error: ApiError) -> ApiError {
    if error.status == 404 { not_found("Function does not exist") } else { error }
}

fn missing(error: ApiError) -> ApiError {
    if error.status == 404 { no_resource() } else { error }
}
