//! From what the user says to a client, as users of kubectl expect.
//!
//! Order: `--kubeconfig`, else `KUBECONFIG` (several files are merged), else `~/.kube/config`; where
//! there is none of them and this is a pod, its service account. Proxies, credential plugins, client
//! certificates and tokens are those of the kubeconfig.

use std::path::PathBuf;
use std::time::Duration;

use kube::Config;
use kube::config::{KubeConfigOptions, Kubeconfig, KubeconfigError};

use super::error::{KubernetesError, Trouble, innermost};

/// How long one request may take unless the user says otherwise. kubectl waits for ever; a run in CI
/// must not.
const REQUEST_TIMEOUT: Duration = Duration::from_secs(30);

/// How the cluster is reached.
#[derive(Clone, Debug, Default)]
pub struct Connection {
    /// The kubeconfig; absent for the usual places.
    pub kubeconfig: Option<PathBuf>,
    /// Its context; absent for the current one.
    pub context: Option<String>,
    /// Act as this user.
    pub as_user: Option<String>,
    /// Act as a member of these groups; needs a user.
    pub as_groups: Vec<String>,
    /// The longest that one request may take.
    pub request_timeout: Option<Duration>,
    /// The namespace of MetalLB; absent if it is to be found.
    pub namespace: Option<String>,
    /// Secrets that are needed besides those that are found, as namespace and name.
    pub secrets: Vec<(String, String)>,
    /// How long transient faults are waited out; absent for a minute.
    pub patience: Option<Duration>,
}

/// A client, and what to call the other end.
pub(super) struct Connected {
    pub(super) client: kube::Client,
    pub(super) title: String,
    pub(super) timeout: Duration,
}

pub(super) async fn connect(connection: &Connection) -> Result<Connected, KubernetesError> {
    let (mut config, title) = configuration(connection).await?;
    let timeout = connection.request_timeout.unwrap_or(REQUEST_TIMEOUT);
    // A connection that cannot be made within a request's time is no connection.
    config.connect_timeout = Some(config.connect_timeout.map_or(timeout, |other| other.min(timeout)));
    // What is tried again, and for how long, is decided in one place: the `request` module.
    config.default_retry = false;
    if let Some(user) = &connection.as_user {
        config.auth_info.impersonate = Some(user.clone());
        config.auth_info.impersonate_groups = None;
    }
    if !connection.as_groups.is_empty() {
        config.auth_info.impersonate_groups = Some(connection.as_groups.clone());
    }
    let client = kube::Client::try_from(config).map_err(|error| match Trouble::of(error) {
        Trouble::Credentials(reason) => KubernetesError::Unauthorized { server: title.clone(), reason },
        Trouble::Connection(reason) | Trouble::Nonsense(reason) => {
            KubernetesError::Config { what: title.clone(), reason }
        }
        Trouble::Status(status) => {
            KubernetesError::Config { what: title.clone(), reason: status.message.clone() }
        }
    })?;
    Ok(Connected { client, title, timeout })
}

async fn configuration(connection: &Connection) -> Result<(Config, String), KubernetesError> {
    let read = match &connection.kubeconfig {
        Some(path) => Kubeconfig::read_from(path),
        None => Kubeconfig::read(),
    };
    let explicit = connection.kubeconfig.is_some() || connection.context.is_some();
    let kubeconfig = match read {
        Ok(kubeconfig) => kubeconfig,
        Err(error) if !explicit && is_absent(&error) => {
            return Config::incluster().map(|config| (config, "this cluster".to_owned())).map_err(|_| {
                KubernetesError::Config {
                    what: "kubeconfig".into(),
                    reason: format!("{}, and this is no pod of a cluster", words(&error)),
                }
            });
        }
        Err(error) => {
            let what = connection.kubeconfig.as_ref().map(|path| path.display().to_string());
            return Err(KubernetesError::Config {
                what: what.unwrap_or_else(|| "kubeconfig".into()),
                reason: words(&error),
            });
        }
    };
    let context = connection.context.clone().or_else(|| kubeconfig.current_context.clone());
    let title = match &context {
        Some(context) => format!("context {context}"),
        None => "kubeconfig".into(),
    };
    let options = KubeConfigOptions { context: connection.context.clone(), ..KubeConfigOptions::default() };
    let config = Config::from_custom_kubeconfig(kubeconfig, &options)
        .await
        .map_err(|error| KubernetesError::Config { what: title.clone(), reason: words(&error) })?;
    Ok((config, title))
}

fn is_absent(error: &KubeconfigError) -> bool {
    match error {
        KubeconfigError::FindPath | KubeconfigError::CurrentContextNotSet => true,
        KubeconfigError::ReadConfig(error, _) => error.kind() == std::io::ErrorKind::NotFound,
        _ => false,
    }
}

fn words(error: &KubeconfigError) -> String {
    match error {
        KubeconfigError::FindPath => "no kubeconfig is named, and there is no home folder to look in".into(),
        KubeconfigError::ReadConfig(error, path) => {
            format!("{} cannot be read: {error}", path.display())
        }
        KubeconfigError::CurrentContextNotSet => "there is no current context".into(),
        KubeconfigError::LoadContext(name) => format!("there is no context {name}"),
        KubeconfigError::LoadClusterOfContext(name) => format!("there is no cluster {name}"),
        // A parser quotes what it reads, and that may be a token.
        KubeconfigError::Parse(_) => "it is no kubeconfig".into(),
        error => {
            let (text, cause) = (error.to_string(), innermost(error));
            if text.ends_with(&cause) { text } else { format!("{text}: {cause}") }
        }
    }
}
