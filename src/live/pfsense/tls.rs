//! Whom to believe on the other end of a TLS connection.
//!
//! pfSense makes its own certificate, with a name that does not resolve. So there are three ways to
//! verify it (the system's authorities, an authority of one's own, the certificate itself) and one
//! not to.

use std::fmt;
use std::sync::{Arc, Mutex, PoisonError};

use rustls::client::danger::{HandshakeSignatureValid, ServerCertVerified, ServerCertVerifier};
use rustls::crypto::{CryptoProvider, ring, verify_tls12_signature, verify_tls13_signature};
use rustls::pki_types::pem::PemObject as _;
use rustls::pki_types::{CertificateDer, ServerName, UnixTime};
use rustls::{ClientConfig, DigitallySignedStruct, Error, RootCertStore, SignatureScheme};

/// SHA-256 of a certificate.
#[derive(Clone, Copy, PartialEq, Eq)]
pub struct Fingerprint([u8; 32]);

impl Fingerprint {
    /// From hexadecimal digits, with or without colons.
    pub fn parse(text: &str) -> Option<Fingerprint> {
        let digits: Vec<u8> = text
            .chars()
            .filter(|c| *c != ':')
            .map(|c| c.to_digit(16))
            .map(|d| d.map(|d| d as u8))
            .collect::<Option<_>>()?;
        let bytes: Vec<u8> =
            digits.chunks_exact(2).map(|pair| pair.iter().fold(0, |sum, d| sum << 4 | d)).collect();
        let whole: [u8; 32] = bytes.try_into().ok()?;
        (digits.len() == 64).then_some(Fingerprint(whole))
    }

    fn of(certificate: &CertificateDer<'_>) -> Fingerprint {
        let digest = ::ring::digest::digest(&::ring::digest::SHA256, certificate);
        let mut bytes = [0; 32];
        bytes.iter_mut().zip(digest.as_ref()).for_each(|(to, from)| *to = *from);
        Fingerprint(bytes)
    }
}

impl fmt::Display for Fingerprint {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (number, byte) in self.0.iter().enumerate() {
            let colon = if number == 0 { "" } else { ":" };
            write!(f, "{colon}{byte:02X}")?;
        }
        Ok(())
    }
}

impl fmt::Debug for Fingerprint {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{self}")
    }
}

/// Whom to believe.
#[derive(Clone, Debug)]
pub enum Trust {
    /// The system's authorities.
    System,
    /// The authorities in these PEM certificates, and no others.
    Authorities(Vec<u8>),
    /// The certificate with this fingerprint, whatever name and dates are in it.
    Certificate(Fingerprint),
    /// Anybody: whoever is between reads the password.
    Anybody,
}

/// The certificate that the other end showed, as far as it came.
#[derive(Clone, Debug, Default)]
pub(super) struct Shown(Arc<Mutex<Option<Fingerprint>>>);

impl Shown {
    pub(super) fn fingerprint(&self) -> Option<Fingerprint> {
        *self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// What a connection verifies, and a place where the fingerprint is noted for messages.
///
/// # Errors
/// Authorities that cannot be read, as a reason.
pub(super) fn configuration(trust: &Trust) -> Result<(ClientConfig, Shown), String> {
    // Two providers may be in one program; the choice is never left to chance.
    let provider = Arc::new(ring::default_provider());
    let roots = match trust {
        Trust::System => {
            let found = rustls_native_certs::load_native_certs();
            let mut roots = RootCertStore::empty();
            roots.add_parsable_certificates(found.certs);
            if roots.is_empty() {
                return Err("the system has no certificates of authorities".into());
            }
            Some(roots)
        }
        Trust::Authorities(pem) => Some(authorities(pem)?),
        Trust::Certificate(_) | Trust::Anybody => None,
    };
    let chain = match roots {
        Some(roots) => {
            let verifier = rustls::client::WebPkiServerVerifier::builder_with_provider(
                Arc::new(roots),
                provider.clone(),
            )
            .build()
            .map_err(|error| error.to_string())?;
            Some(verifier)
        }
        None => None,
    };
    let pin = if let Trust::Certificate(pin) = trust { Some(*pin) } else { None };
    let shown = Shown::default();
    let verifier = Verifier { provider: provider.clone(), chain, pin, shown: shown.clone() };
    let config = ClientConfig::builder_with_provider(provider)
        .with_safe_default_protocol_versions()
        .map_err(|error| error.to_string())?
        .dangerous()
        .with_custom_certificate_verifier(Arc::new(verifier))
        .with_no_client_auth();
    Ok((config, shown))
}

fn authorities(pem: &[u8]) -> Result<RootCertStore, String> {
    let mut roots = RootCertStore::empty();
    for certificate in CertificateDer::pem_slice_iter(pem) {
        let certificate = certificate.map_err(|_| "holds a damaged PEM certificate".to_owned())?;
        roots.add(certificate).map_err(|_| "holds a certificate that is none of an authority".to_owned())?;
    }
    if roots.is_empty() { Err("holds no PEM certificate".into()) } else { Ok(roots) }
}

/// Verifies the chain, or the certificate itself, or neither; the handshake's signature always.
#[derive(Debug)]
struct Verifier {
    provider: Arc<CryptoProvider>,
    chain: Option<Arc<rustls::client::WebPkiServerVerifier>>,
    pin: Option<Fingerprint>,
    shown: Shown,
}

impl ServerCertVerifier for Verifier {
    fn verify_server_cert(
        &self,
        end_entity: &CertificateDer<'_>,
        intermediates: &[CertificateDer<'_>],
        server_name: &ServerName<'_>,
        ocsp_response: &[u8],
        now: UnixTime,
    ) -> Result<ServerCertVerified, Error> {
        let fingerprint = Fingerprint::of(end_entity);
        *self.shown.0.lock().unwrap_or_else(PoisonError::into_inner) = Some(fingerprint);
        if let Some(chain) = &self.chain {
            return chain.verify_server_cert(end_entity, intermediates, server_name, ocsp_response, now);
        }
        match self.pin {
            Some(pin) if pin != fingerprint => {
                Err(Error::InvalidCertificate(rustls::CertificateError::ApplicationVerificationFailure))
            }
            _ => Ok(ServerCertVerified::assertion()),
        }
    }

    fn verify_tls12_signature(
        &self,
        message: &[u8],
        certificate: &CertificateDer<'_>,
        signed: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, Error> {
        verify_tls12_signature(message, certificate, signed, &self.provider.signature_verification_algorithms)
    }

    fn verify_tls13_signature(
        &self,
        message: &[u8],
        certificate: &CertificateDer<'_>,
        signed: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, Error> {
        verify_tls13_signature(message, certificate, signed, &self.provider.signature_verification_algorithms)
    }

    fn supported_verify_schemes(&self) -> Vec<SignatureScheme> {
        self.provider.signature_verification_algorithms.supported_schemes()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn fingerprints_are_read_with_and_without_colons() {
        let plain = "00ff".repeat(16);
        let read = Fingerprint::parse(&plain).expect("64 digits");
        assert_eq!(Fingerprint::parse(&read.to_string()), Some(read));
        assert!(read.to_string().starts_with("00:FF:00"));
        for text in ["", "00ff", &"0".repeat(63), &"0".repeat(65), &"g".repeat(64)] {
            assert_eq!(Fingerprint::parse(text), None, "{text}");
        }
    }

    #[test]
    fn authorities_must_be_some() {
        assert!(configuration(&Trust::Authorities(b"nothing".to_vec())).is_err());
        assert!(configuration(&Trust::Certificate(Fingerprint([0; 32]))).is_ok());
    }
}
