//! From a declaration to a difference and its application, as the verbs do it.

use metalsense::apply::{self, Applied, ApplyError, Targets};
use metalsense::compile::compile;
use metalsense::intent::{self, Intent};
use metalsense::live::{Cluster as _, KubernetesCluster, LiveError};
use metalsense::observed::{ClusterState, Observed};
use metalsense::plan::{self, Difference, Options, facts};
use metalsense::{declaration, finding};

use super::lab::Lab;

/// A network with two peers, two pools and everything that refers to something else. `NAME` is its name.
pub(crate) const FULL: &str = "\
apiVersion: metalsense.dev/v1alpha1
kind: Network
metadata:
  name: NAME
spec:
  asns: { k8s: 64500, edge: 4200000000 }
  cluster:
    asn: k8s
  nodes:
    - { name: node1.example.net, address: 192.168.4.10 }
    - { name: node2.example.net, address: 192.168.4.20 }
  communities:
    blue: \"64500:7\"
  bfdProfiles:
    quick: { receiveInterval: 300, transmitInterval: 300, detectMultiplier: 3 }
  peers:
    - name: one
      asn: edge
      address: 192.168.4.1
      holdTime: 90s
      keepaliveTime: 30s
      bfd: quick
      unmanaged: {}
    - name: two
      asn: edge
      address: 192.168.4.2
      holdTime: 90s
      bfd: quick
      unmanaged: {}
  pools:
    - name: web
      addresses: [192.168.32.0/24]
      advertise:
        - communities: [blue]
    - name: db
      addresses: [192.168.33.0/24]
      autoAssign: false
      advertise:
        - peers: [one]
";

pub(crate) fn intent(text: &str) -> Intent {
    let loaded = declaration::load([("network.yaml".to_owned(), text.as_bytes().to_vec())]);
    let wrong = |findings: &[finding::Finding]| {
        let errors = findings.iter().filter(|f| f.severity == finding::Severity::Error);
        errors.map(|f| format!("{f:?}")).collect::<Vec<_>>()
    };
    assert_eq!(wrong(&loaded.findings), [""; 0]);
    let resolution = intent::resolve(&loaded.documents[0]);
    assert_eq!(wrong(&resolution.findings), [""; 0]);
    resolution.intent.expect("sound")
}

pub(crate) fn read(lab: &Lab, cluster: &KubernetesCluster) -> Result<ClusterState, LiveError> {
    lab.wait(cluster.read())
}

/// What separates a cluster from a declaration.
pub(crate) fn compare(
    lab: &Lab,
    cluster: &KubernetesCluster,
    text: &str,
    options: &Options,
) -> Result<Difference, LiveError> {
    let intent = intent(text);
    let observed = Observed { cluster: Some(read(lab, cluster)?), ..Observed::default() };
    let compiled = compile(&intent, &facts::facts(&intent, &observed));
    let errors: Vec<_> =
        compiled.findings.iter().filter(|f| f.severity == finding::Severity::Error).collect();
    assert!(errors.is_empty(), "{errors:#?}");
    Ok(plan::difference(&compiled.desired, &observed, options))
}

pub(crate) fn apply(
    lab: &Lab,
    cluster: &KubernetesCluster,
    difference: &Difference,
) -> Result<Applied, ApplyError> {
    let targets = Targets { cluster: Some(cluster), routers: Vec::new() };
    lab.wait(apply::run(difference, &targets))
}

/// Compares and applies; a failure of either is told in words.
pub(crate) fn make_so(
    lab: &Lab,
    cluster: &KubernetesCluster,
    text: &str,
    options: &Options,
) -> Result<Applied, String> {
    let difference = compare(lab, cluster, text, options).map_err(|error| error.to_string())?;
    apply(lab, cluster, &difference).map_err(|error| error.to_string())
}

/// The changes as `Action Kind name: fields`.
pub(crate) fn changes(difference: &Difference) -> Vec<String> {
    let fields = |change: &plan::Change| {
        change.fields.iter().map(|field| field.path.clone()).collect::<Vec<_>>().join(" ")
    };
    difference
        .cluster
        .changes()
        .map(|change| format!("{:?} {}: {}", change.action, change.object, fields(change)))
        .collect()
}
