//! What is told of a cluster, and what is said where there is none that can be used.

use std::net::TcpListener;
use std::time::Duration;

use metalsense::live::{Cluster as _, Connection};
use metalsense::metallb::{Backend, Version};
use serde_json::json;

use super::lab::{crds, definition, lab, own_lab};
use super::network::read;

#[test]
fn metallb_is_found_with_its_version_backend_and_namespace() {
    let Some(lab) = lab() else { return };
    let namespace = lab.metallb("v0.14.9", "frr-k8s");
    let state = read(&lab, &lab.connect("admin", &namespace)).expect("readable");
    assert_eq!(state.metallb.version, Some(Version::V0_14_9));
    assert_eq!(state.metallb.backend, Some(Backend::FrrK8s));
    assert_eq!(state.metallb.namespace.as_deref(), Some(namespace.as_str()));
    let kube_system = lab.get("/api/v1/namespaces/kube-system");
    assert_eq!(state.uid.as_deref(), kube_system["metadata"]["uid"].as_str());
    assert!(state.objects.iter().any(|live| live.raw.0["metadata"]["name"] == namespace.as_str()));
    assert_eq!(state.unseen, []);
}

#[test]
fn each_way_of_not_getting_there_has_its_own_words() {
    let Some(lab) = lab() else { return };
    let base = Connection { kubeconfig: Some(lab.kubeconfig()), ..Connection::default() };
    let failed = |connection: Connection| {
        lab.wait(async {
            match metalsense::live::KubernetesCluster::connect(&connection).await {
                Ok(cluster) => cluster.read().await.expect_err("it fails").to_string(),
                Err(error) => error.to_string(),
            }
        })
    };
    let missing = Connection { kubeconfig: Some("nowhere/config".into()), ..base.clone() };
    assert!(failed(missing).starts_with("nowhere/config: nowhere/config cannot be read"));
    let context = Connection { context: Some("elsewhere".into()), ..base.clone() };
    assert_eq!(failed(context), "context elsewhere: there is no context elsewhere");

    let closed = TcpListener::bind("127.0.0.1:0").expect("a port").local_addr().expect("its address");
    let unreachable = lab.kubeconfig_at(&format!("https://{closed}"));
    let error = failed(Connection { kubeconfig: Some(unreachable), ..base.clone() });
    assert!(error.starts_with("context admin: cannot be reached: "), "{error}");
    assert!(error.to_lowercase().contains("refused"), "{error}");

    let silent = TcpListener::bind("127.0.0.1:0").expect("a port");
    let silent = lab.kubeconfig_at(&format!("http://{}", silent.local_addr().expect("its address")));
    let time = Some(Duration::from_millis(300));
    let error = failed(Connection { kubeconfig: Some(silent), request_timeout: time, ..base.clone() });
    assert!(error.contains("no answer within 0.3 s"), "{error}");

    let text = std::fs::read_to_string(lab.kubeconfig()).expect("readable").replace("token-admin", "wrong");
    let wrong = lab.kubeconfig().with_file_name("wrong-token");
    std::fs::write(&wrong, text).expect("written");
    let error = failed(Connection { kubeconfig: Some(wrong), ..base.clone() });
    assert_eq!(error, "context admin: the credentials are not accepted: Unauthorized");

    let text = std::fs::read_to_string(lab.kubeconfig()).expect("readable").replace(
        r#"{"token":"token-admin"}"#,
        r#"{"exec":{"apiVersion":"client.authentication.k8s.io/v1","command":"sh","args":["-c","echo '{\"token\":\"s3cret\"}'; echo login expired >&2; exit 1"],"interactiveMode":"Never"}}"#,
    );
    let plugin = lab.kubeconfig().with_file_name("plugin");
    std::fs::write(&plugin, &text).expect("written");
    let error = failed(Connection { kubeconfig: Some(plugin), ..base.clone() });
    assert!(error.contains("the credential plugin") && error.contains("login expired"), "{error}");
    assert!(!error.contains("s3cret"), "{error}");

    // Acting as somebody who may nothing.
    let error = failed(Connection {
        as_user: Some("nobody".into()),
        as_groups: vec!["nobodies".into()],
        namespace: Some("nowhere".into()),
        ..base
    });
    assert!(error.contains("\"nobody\" cannot list resource"), "{error}");
}

#[test]
fn a_cluster_without_usable_resources_is_told_apart() {
    let Some(lab) = own_lab() else { return };
    let cluster = || lab.connect("admin", "metallb-system");
    let error = read(&lab, &cluster()).expect_err("nothing is installed").to_string();
    assert_eq!(error, "context admin: does not know ipaddresspools.metallb.io");

    // BGPPeer as it was before v1beta2: the shape does not matter, the version does.
    let folder = crds("v0.15.2").expect("there");
    for entry in std::fs::read_dir(&folder).expect("readable") {
        let text = std::fs::read_to_string(entry.expect("an entry").path()).expect("readable");
        let mut definition = definition(&text);
        let versions = definition["spec"]["versions"].as_array_mut().expect("versions");
        versions.retain(|version| version["name"] == "v1beta1");
        for version in versions {
            version["storage"] = json!(true);
        }
        lab.install_definition(&definition);
    }
    let mut error = String::new();
    for _ in 0..200 {
        error = read(&lab, &cluster()).err().map_or_else(String::new, |error| error.to_string());
        if !error.contains("does not know") {
            break;
        }
        std::thread::sleep(Duration::from_millis(100));
    }
    assert_eq!(error, "context admin: serves bgppeers.metallb.io as v1beta1, not as v1beta2");
}
