//! `metalsense pfsense trust`.

use clap::Args;

use crate::cli::error::Failure;
use crate::cli::exit::Exit;
use crate::cli::live::block_on;
use crate::cli::terminal::Terminal;
use crate::live::pfsense::{Address, shown_certificate};

/// Arguments of `pfsense trust`.
#[derive(Args, Debug)]
#[command(
    after_help = "Nothing is sent to the firewall but the start of a TLS connection. Compare the fingerprint with\n\
    what the firewall itself says, on its console or under Diagnostics > Command Prompt:\n  \
    openssl x509 -noout -fingerprint -sha256 -in /var/etc/nginx-webConfigurator.crt\n\n\
    Then declare it:\n  \
    pfsense: { url: https://192.168.4.1, tls: { fingerprint: \"...\" } }"
)]
pub(super) struct TrustArgs {
    /// Address of the web interface, for example https://192.168.4.1
    url: String,
}

pub(super) fn run(args: &TrustArgs, terminal: &mut Terminal) -> Result<Exit, Failure> {
    let address =
        Address::parse(&args.url).map_err(|error| Failure::usage(format!("{}: {error}", args.url)))?;
    let fingerprint = block_on(shown_certificate(&address))?
        .map_err(|error| Failure::because(Exit::Failed, error).about(address.to_string()))?;
    terminal.data(&format!("{fingerprint}\n"))?;
    terminal.note(
        "this is the fingerprint of the certificate that was shown; compare it on the firewall before declaring it\n",
    )?;
    Ok(Exit::Done)
}
