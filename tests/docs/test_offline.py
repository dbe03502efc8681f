"""What reaches out of the site is found, and what does not is left alone."""

import offline
import pytest

REACHING = [
    '<script src="https://unpkg.com/x.js"></script>',
    '<script type="module">import x from "https://esm.sh/x"</script>',
    "<script>load('https://unpkg.com/html-manager/dist/embed-amd.js')</script>",
    '<link rel="stylesheet" href="//fonts.example.org/css">',
    '<link rel="preconnect" href="https://fonts.gstatic.com">',
    '<img src="http://example.org/a.png">',
    '<iframe src="https://example.org"></iframe>',
    '<svg><image href="https://example.org/a.svg"/></svg>',
    '<style>@import "https://example.org/a.css";</style>',
    '<p style="background: url(https://example.org/a.png)"></p>',
]
STAYING = [
    '<a href="https://arxiv.org/abs/2404.15574">a paper</a>',
    '<script src="assets/a.js"></script><link rel="stylesheet" href="assets/a.css">',
    '<link rel="canonical" href="https://example.org/page">',
    '<img src="data:image/png;base64,iVBORw0KGgo=">',
    "<pre>&lt;script src=&quot;https://unpkg.com/x.js&quot;&gt;</pre>",
    '<svg xmlns="http://www.w3.org/2000/svg"></svg>',
    '<script>const home = "https://github.com/x/y";</script>',
]


def site(tmp_path, content, name="index.html"):
    (tmp_path / name).write_text(content, encoding="utf-8")
    return tmp_path


@pytest.mark.parametrize("content", REACHING)
def test_a_page_that_needs_something_from_elsewhere_is_found(tmp_path, content, capsys):
    assert [path.name for path, _ in offline.fetches(site(tmp_path, content))] == ["index.html"]
    assert offline.main(str(tmp_path)) == 1
    assert "index.html would fetch" in capsys.readouterr().out


@pytest.mark.parametrize("content", STAYING)
def test_links_and_what_is_on_the_page_itself_are_no_needs(tmp_path, content):
    assert offline.main(str(site(tmp_path, content))) == 0


def test_a_style_sheet_that_fetches_a_font_is_found(tmp_path):
    css = "@font-face { src: url(https://fonts.example.org/a.woff2) }"
    (address,) = offline.fetches(site(tmp_path, css, "site.css"))
    assert address[1] == "https://fonts.example.org/a.woff2"


def test_a_folder_without_a_site_is_no_clean_site(tmp_path):
    with pytest.raises(ValueError, match="make docs"):
        offline.main(str(tmp_path))


def test_loaders_of_notebook_templates_are_taken_out_and_other_scripts_stay():
    kept = '<script src="assets/bundle.js"></script><script>showAll("x")</script>'
    loader = '<script src="https://cdnjs.cloudflare.com/require.min.js"></script>'
    mathjax = "<script>if (1 < 2) MathJax.Hub.Config({tex2jax: {}})</script>"
    widgets = "<script>f('<div>', 'https://unpkg.com/x/embed-amd.js')</script>"
    mermaid = '<script type="module">await import("https://cdn/mermaid.esm.min.mjs")</script>'
    assert offline.on_post_page(loader + mathjax + kept + widgets + mermaid + kept) == kept + kept
