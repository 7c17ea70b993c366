//! Sections as text of their own, for people to read. No file that pfSense would load: see
//! [`splice`](mod@super::splice) for that.

use super::input::Encoding;
use super::tags::Era;
use super::write::Layout;
use crate::pfsense::Value;

/// Sections one after the other, laid out as pfSense lays them out, without the indentation of a
/// whole file. There is no root element, so that pfSense refuses the text as a configuration.
pub fn sections_text<'a>(sections: impl IntoIterator<Item = (&'a str, &'a Value)>, era: Era) -> String {
    let layout = Layout { era, encoding: Encoding::Utf8, newline: "\n", unit: "\t" };
    let mut out = String::new();
    for (name, value) in sections {
        layout.element(name, value, "", &mut out);
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::pfsense::xml::Document;

    #[test]
    fn a_fragment_is_readable_and_no_configuration() {
        let value = |text: &str| {
            let fields = [("descr", Value::text(text)), ("ge", Value::EMPTY)];
            Value::branch([("config", Value::List(vec![Value::branch(fields)]))])
        };
        let text = sections_text([("frr", &value("a & b")), ("frrbgp", &value(""))], Era::Xml);
        assert_eq!(
            text,
            "<frr>\n\t<config>\n\t\t<descr><![CDATA[a &amp; b]]></descr>\n\t\t<ge></ge>\n\t</config>\n</frr>\n\
             <frrbgp>\n\t<config>\n\t\t<descr></descr>\n\t\t<ge></ge>\n\t</config>\n</frrbgp>\n"
        );
        assert!(Document::parse(text.as_bytes()).is_err());
    }
}
