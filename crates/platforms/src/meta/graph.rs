//! Calling Graph: which host, which version, which token, and the proof of the secret beside it.

use http::Method;
use secrecy::{ExposeSecret, SecretString};
use serde::de::DeserializeOwned;

use super::{Params, Reader, appsecret_proof, fetch, request};
use crate::call::Call;
use crate::facts::FlowFacts;
use crate::failure::Failure;

/// Graph as one platform's adapter reaches it, for the length of a call.
#[derive(Clone, Copy)]
pub(crate) struct Graph<'a> {
    /// What the call is made with.
    pub call: &'a Call<'a>,
    /// The facts of the app's flow: documented hosts and version.
    pub flow: Option<&'static FlowFacts>,
    /// How answers are read.
    pub reader: Reader,
    /// The longest that one call may take, in milliseconds.
    pub deadline_ms: i64,
    /// Whether the host knows `appsecret_proof`.
    pub proves: bool,
}

impl Graph<'_> {
    /// A base address by name: as configured, else as documented.
    pub(crate) fn host(&self, name: &str) -> String {
        let configured = self.call.app.hosts.get(name);
        if !configured.is_empty() {
            return configured.to_owned();
        }
        let documented = self.flow.map(|flow| flow.hosts).unwrap_or_default();
        documented
            .iter()
            .find(|(known, _)| *known == name)
            .map(|(_, address)| (*address).to_owned())
            .unwrap_or_default()
    }

    /// The API version that calls are made with.
    pub(crate) fn version(&self) -> &str {
        if self.call.app.api_version.is_empty() {
            self.flow.map_or("", |flow| flow.api_version)
        } else {
            &self.call.app.api_version
        }
    }

    /// A versioned address at the Graph host.
    pub(crate) fn address(&self, path: &str) -> String {
        format!("{}/{}/{path}", self.host("graph"), self.version())
    }

    /// The app's secret; empty where none is set, and the platform will then say so.
    pub(crate) fn app_secret(&self) -> &str {
        let secret = self.call.secrets.secret();
        secret.map_or("", |secret| secret.expose_secret())
    }

    /// The scopes that are asked for: the app's own list, else all that we know of.
    pub(crate) fn scopes(&self) -> Vec<String> {
        if !self.call.app.scopes.is_empty() {
            return self.call.app.scopes.clone();
        }
        let known = self.flow.map(|flow| flow.scopes).unwrap_or_default();
        known.iter().map(|known| known.scope.to_owned()).collect()
    }

    /// Adds the token, and the proof of the secret where the host knows it.
    pub(crate) fn with_token(&self, mut params: Params, token: &SecretString) -> Params {
        let token = token.expose_secret();
        params.push(("access_token", token.to_owned()));
        if self.proves
            && let Some(secret) = self.call.secrets.secret()
        {
            params.push(("appsecret_proof", appsecret_proof(secret, token)));
        }
        params
    }

    /// One call to a full address.
    pub(crate) async fn send<T: DeserializeOwned>(
        &self,
        operation: &'static str,
        method: Method,
        url: String,
        params: &Params,
    ) -> Result<T, Failure> {
        let request = request(operation, method, url, params, self.deadline_ms);
        fetch(self.call, self.reader, request).await
    }

    /// A read at a versioned path with this token.
    pub(crate) async fn read<T: DeserializeOwned>(
        &self,
        operation: &'static str,
        path: &str,
        params: Params,
        token: &SecretString,
    ) -> Result<T, Failure> {
        let params = self.with_token(params, token);
        self.send(operation, Method::GET, self.address(path), &params)
            .await
    }

    /// A write at a versioned path with this token.
    pub(crate) async fn write<T: DeserializeOwned>(
        &self,
        operation: &'static str,
        path: &str,
        params: Params,
        token: &SecretString,
    ) -> Result<T, Failure> {
        let params = self.with_token(params, token);
        self.send(operation, Method::POST, self.address(path), &params)
            .await
    }
}
