//! Text with a fixed shape: the templates of `templates/`, embedded in the binary.
//!
//! Strict: a variable that is not defined is an error. Nothing is escaped here, because every format
//! has rules of its own: what is put in is text that its own writer made.

use std::sync::LazyLock;

use minijinja::syntax::SyntaxConfig;
use minijinja::{AutoEscape, Environment, UndefinedBehavior, Value};

static ENVIRONMENT: LazyLock<Environment<'static>> = LazyLock::new(environment);

#[expect(
    clippy::expect_used,
    reason = "in generated code; build.rs embeds fixed texts, and every test loads them"
)]
fn environment() -> Environment<'static> {
    let mut environment = Environment::new();
    environment.set_undefined_behavior(UndefinedBehavior::Strict);
    environment.set_auto_escape_callback(|_| AutoEscape::None);
    let syntax = SyntaxConfig::builder()
        // A line that holds nothing but a tag leaves no empty line behind.
        .trim_blocks(true)
        .lstrip_blocks(true)
        .keep_trailing_newline(true)
        .build();
    // Building can fail only for delimiters that contradict each other, and these are the usual ones.
    if let Ok(syntax) = syntax {
        environment.set_syntax(syntax);
    }
    minijinja_embed::load_templates!(&mut environment);
    environment
}

/// A template that cannot be rendered: a mistake in the program, never in its input.
#[derive(Debug, thiserror::Error)]
#[error("template {name}: {source}")]
pub struct RenderError {
    name: String,
    source: minijinja::Error,
}

/// Renders a template.
///
/// # Errors
/// If there is no such template, or it uses what the context does not have.
pub fn render(name: &str, context: Value) -> Result<String, RenderError> {
    ENVIRONMENT
        .get_template(name)
        .and_then(|template| template.render(context))
        .map_err(|source| RenderError { name: name.to_owned(), source })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_not_defined_is_an_error() {
        let error = render("fragment.xml", minijinja::context! {}).expect_err("nothing is defined");
        assert!(error.to_string().starts_with("template fragment.xml: undefined value"), "{error}");
        assert!(render("no such template", minijinja::context! {}).is_err());
    }
}
