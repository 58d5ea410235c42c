"""Small files of other systems, as their exports look; every text is made up for these tests."""

import json
from typing import Any

WXR = """<?xml version="1.0" encoding="UTF-8" ?>
<rss version="2.0" xmlns:excerpt="http://wordpress.org/export/1.2/excerpt/"
 xmlns:content="http://purl.org/rss/1.0/modules/content/" xmlns:wp="http://wordpress.org/export/1.2/">
<channel><title>A garden</title>{items}</channel></rss>"""


def wxr_comment(number: int | str, approved: str = "1", text: str = "Lovely roses", **fields: Any) -> str:
    """A `wp:comment`; without a number it has no id."""
    shown = {
        "id": number,
        "author": "Ana",
        "author_email": "Ana@Mail.Example",
        "author_url": "https://ana.example",
        "author_IP": "198.51.100.7",
        "date_gmt": "2021-03-04 05:06:07",
        "content": f"<![CDATA[{text}]]>",
        "approved": approved,
        "type": "",
        "parent": 0,
        "user_id": 0,
    } | fields
    return "<wp:comment>" + "".join(f"<wp:comment_{k}>{v}</wp:comment_{k}>" for k, v in shown.items()) + "</wp:comment>"


def wxr(*comments: str, page: str = "Roses in March") -> bytes:
    """A WordPress export with one post."""
    item = (
        f"<item><title>{page}</title><link>https://garden.example/roses</link>"
        "<content:encoded><![CDATA[<p>All about roses.</p>]]></content:encoded>"
        "<excerpt:encoded><![CDATA[In short]]></excerpt:encoded>" + "".join(comments) + "</item>"
    )
    return WXR.format(items=item).encode()


DISQUS = b"""<?xml version="1.0"?>
<disqus xmlns="http://disqus.com" xmlns:dsq="http://disqus.com/disqus-internals">
 <category dsq:id="1"><forum>garden</forum><title>General</title></category>
 <thread dsq:id="70"><id>roses</id><link>https://garden.example/roses</link><title>Roses in March</title>
  <author><name>Owner</name></author></thread>
 <post dsq:id="501"><id/><message><![CDATA[<p>Lovely roses</p>]]></message><createdAt>2021-03-04T05:06:07Z</createdAt>
  <isDeleted>false</isDeleted><isSpam>false</isSpam>
  <author><name>Ana</name><isAnonymous>false</isAnonymous><username>ana7</username></author>
  <thread dsq:id="70"/></post>
 <post dsq:id="502"><id/><message><![CDATA[<p>Cheap pills</p>]]></message><createdAt>2021-03-05T05:06:07Z</createdAt>
  <isDeleted>true</isDeleted><isSpam>true</isSpam><author><name>Pills</name><isAnonymous>true</isAnonymous></author>
  <thread dsq:id="70"/><parent dsq:id="501"/></post>
 <post dsq:id="503"><id/><message><![CDATA[<p>Never mind</p>]]></message><createdAt>2021-03-06T05:06:07Z</createdAt>
  <isDeleted>true</isDeleted><isSpam>false</isSpam><author><name>Ben</name></author><thread dsq:id="70"/></post>
</disqus>"""

BLOGGER = b"""<?xml version="1.0" encoding="UTF-8"?>
<feed xmlns="http://www.w3.org/2005/Atom" xmlns:thr="http://purl.org/syndication/thread/1.0">
 <title>A garden</title>
 <entry><id>tag:blogger.com,1999:blog-1.post-10</id><title>Roses</title><content type="html">All about roses</content>
  <category scheme="http://schemas.google.com/g/2005#kind" term="http://schemas.google.com/blogger/2008/kind#post"/>
  <author><name>Owner</name></author></entry>
 <entry><id>tag:blogger.com,1999:blog-1.post-11</id><published>2021-03-04T05:06:07.000-08:00</published>
  <category scheme="http://schemas.google.com/g/2005#kind" term="http://schemas.google.com/blogger/2008/kind#comment"/>
  <title>Lovely</title><content type="html">Lovely roses&lt;br /&gt;</content>
  <author><name>Ana</name><uri>https://ana.example</uri><email>noreply@blogger.com</email></author>
  <thr:in-reply-to href="https://garden.example/roses.html" ref="tag:blogger.com,1999:blog-1.post-10"/></entry>
 <entry><id>tag:blogger.com,1999:blog-1.post-12</id><published>2021-03-05T05:06:07.000-08:00</published>
  <category scheme="http://schemas.google.com/g/2005#kind" term="http://schemas.google.com/blogger/2008/kind#comment"/>
  <content type="html">I agree</content><author><name>Ben</name><email>ben@mail.example</email></author>
  <link rel="related" href="https://www.blogger.com/feeds/1/10/comments/default/11" type="application/atom+xml"/>
  <thr:in-reply-to href="https://garden.example/roses.html" ref="tag:blogger.com,1999:blog-1.post-10"/></entry>
</feed>"""

BLOGGER_TAKEOUT = b"""<?xml version="1.0" encoding="UTF-8"?>
<feed xmlns="http://www.w3.org/2005/Atom" xmlns:blogger="http://schemas.google.com/blogger/2018">
 <entry><id>tag:blogger.com,1999:blog-1.post-10</id><blogger:type>POST</blogger:type><content>All</content></entry>
 <entry><id>tag:blogger.com,1999:blog-1.post-11</id><blogger:parent>tag:blogger.com,1999:blog-1.post-10</blogger:parent>
  <blogger:inReplyTo/><blogger:type>COMMENT</blogger:type><blogger:status>LIVE</blogger:status>
  <author><name>Ana</name><uri></uri><blogger:type>ANONYMOUS</blogger:type></author>
  <content type="html">Lovely roses</content><published>2021-03-04T05:06:07Z</published><blogger:trashed/></entry>
 <entry><id>tag:blogger.com,1999:blog-1.post-12</id>
  <blogger:inReplyTo>tag:blogger.com,1999:blog-1.post-11</blogger:inReplyTo>
  <blogger:type>COMMENT</blogger:type><blogger:status>SPAM_COMMENT</blogger:status><author><name>Pills</name></author>
  <content type="html">Cheap pills</content><published>2021-03-05T05:06:07Z</published></entry>
</feed>"""


def commento(*states: str) -> bytes:
    """A Commento export: a comment a state, each a reply to the one before it, all by the same commenter."""
    made = [
        {
            "commentHex": f"c{number}",
            "domain": "garden.example",
            "url": "/roses",
            "commenterHex": "a1" if number == 0 else "anonymous",
            "markdown": f"Roses {number}",
            "html": "",
            "parentHex": "root" if number == 0 else f"c{number - 1}",
            "score": 0,
            "state": state,
            "creationDate": "2021-03-04T05:06:07.123456Z",
            "direction": 0,
            "deleted": False,
        }
        for number, state in enumerate(states)
    ]
    people = [{"commenterHex": "a1", "email": "ana@mail.example", "name": "Ana", "link": "undefined", "photo": "x"}]
    return json.dumps({"version": 1, "comments": made, "commenters": people}).encode()
