//! XML-RPC, as much as one call with one text needs.
//!
//! Text in, text out. pfSense answers everything with HTTP 200; what went wrong is a fault inside.

use roxmltree::{Document, Node, ParsingOptions};

/// No answer of ours has more than a dozen elements.
const MAX_NODES: u32 = 1000;

/// What a server answered.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Response {
    /// A text.
    Text(String),
    /// Something else than a text: `exec_php` gives `true` where the program set no result.
    Other,
    /// A fault.
    Fault {
        /// Its number.
        code: i32,
        /// Its words.
        text: String,
    },
}

/// A call with one text.
pub fn call(method: &str, text: &str) -> String {
    format!(
        "<?xml version=\"1.0\"?>\n<methodCall><methodName>{method}</methodName><params><param><value><string>{}\
         </string></value></param></params></methodCall>\n",
        escape(text)
    )
}

/// A carriage return would arrive as a line feed unless it is written as a reference.
fn escape(text: &str) -> String {
    text.replace('&', "&amp;").replace('<', "&lt;").replace('>', "&gt;").replace('\r', "&#13;")
}

/// Reads an answer.
///
/// # Errors
/// What is no XML-RPC answer, as a reason.
pub fn response(body: &str) -> Result<Response, String> {
    let options = ParsingOptions { nodes_limit: MAX_NODES, ..ParsingOptions::default() };
    let document = Document::parse_with_options(body.trim_start(), options)
        .map_err(|_| "the answer is no XML-RPC".to_owned())?;
    let root = document.root_element();
    if !root.has_tag_name("methodResponse") {
        return Err("the answer is no XML-RPC".into());
    }
    if let Some(fault) = child(root, "fault") {
        let member = |name: &str| {
            fault.descendants().filter(|node| node.has_tag_name("member")).find_map(|member| {
                let named = child(member, "name").is_some_and(|node| node.text() == Some(name));
                named.then(|| child(member, "value").map(whole_text)).flatten()
            })
        };
        let code = member("faultCode").and_then(|code| code.trim().parse().ok()).unwrap_or_default();
        return Ok(Response::Fault { code, text: member("faultString").unwrap_or_default() });
    }
    let value = ["params", "param", "value"].iter().try_fold(root, |node, name| child(node, name));
    let value = value.ok_or("the answer holds no value")?;
    // A value without a type is a text.
    match value.children().find(Node::is_element) {
        None => Ok(Response::Text(whole_text(value))),
        Some(text) if text.has_tag_name("string") => Ok(Response::Text(whole_text(text))),
        Some(_) => Ok(Response::Other),
    }
}

fn child<'a, 'input>(node: Node<'a, 'input>, name: &str) -> Option<Node<'a, 'input>> {
    node.children().find(|child| child.has_tag_name(name))
}

fn whole_text(node: Node<'_, '_>) -> String {
    node.descendants().filter(Node::is_text).filter_map(|text| text.text()).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_call_carries_any_text() {
        let text = "<?php & \"quoted\" 'x'\r\n]]>ü";
        let body = call("pfsense.exec_php", text);
        let document = Document::parse(&body).expect("XML");
        let string = document.descendants().find(|node| node.has_tag_name("string")).expect("a text");
        assert_eq!(string.text(), Some(text));
    }

    #[test]
    fn answers() {
        let whole = |inner: &str| {
            response(&format!("<?xml version=\"1.0\"?>\n<methodResponse>{inner}</methodResponse>"))
        };
        let value = |inner: &str| whole(&format!("<params><param><value>{inner}</value></param></params>"));
        assert_eq!(value("<string>a&amp;b</string>"), Ok(Response::Text("a&b".into())));
        assert_eq!(value("plain"), Ok(Response::Text("plain".into())));
        assert_eq!(value("<boolean>1</boolean>"), Ok(Response::Other));
        assert_eq!(
            whole(
                "<fault><value><struct><member><name>faultCode</name><value><int>-1</int></value></member>\
                   <member><name>faultString</name><value><string>no</string></value></member></struct></value></fault>"
            ),
            Ok(Response::Fault { code: -1, text: "no".into() })
        );
        for body in ["", "<html></html>", "<methodResponse/>", "noise<methodResponse></methodResponse>"] {
            assert!(response(body).is_err(), "{body}");
        }
    }
}
