"""Feeds that the tests read, in the shapes of RSS 2.0, RSS 1.0 and Atom."""

from __future__ import annotations

from collections.abc import Iterable

RSS = """<?xml version="1.0" encoding="utf-8"?>
<rss version="2.0" xmlns:content="http://purl.org/rss/1.0/modules/content/"
     xmlns:dc="http://purl.org/dc/elements/1.1/" xmlns:slash="http://purl.org/rss/1.0/modules/slash/">
<channel>
  <title>山野周刊</title><link>http://127.0.0.1:9/</link><description>户外 &amp; 露营</description><language>zh-CN</language>
  <item>
    <title>第一顶帐篷怎么选</title><link>http://127.0.0.1:9/1</link><guid isPermaLink="false">post-1</guid>
    <pubDate>Tue, 31 May 2011 17:46:55 +0800</pubDate><author>amy@example.org (Amy)</author>
    <category>露营</category><category>#装备</category><category>露营</category><slash:comments> 7 </slash:comments>
    <description>摘要</description>
    <content:encoded><![CDATA[<p>先看<b>重量</b>&nbsp;</p><p>再看防水</p><script>x()</script>]]></content:encoded>
  </item>
  <item>
    <title>无作者</title><guid>http://127.0.0.1:9/2</guid><dc:date>2011-06-01T08:00:00+08:00</dc:date>
    <description>只有摘要 & 一个没转义的符号&nbsp;</description><dc:creator>bob@example.org</dc:creator>
  </item>
  <item><title>没有日期</title><guid>3</guid></item>
  <item><title>没有名字</title><pubDate>Tue, 31 May 2011 17:46:55 GMT</pubDate></item>
</channel></rss>"""

RDF = """<?xml version="1.0"?>
<rdf:RDF xmlns:rdf="http://www.w3.org/1999/02/22-rdf-syntax-ns#" xmlns="http://purl.org/rss/1.0/"
         xmlns:dc="http://purl.org/dc/elements/1.1/">
<channel rdf:about="http://127.0.0.1:9/rdf"><title>论坛更新</title><link>http://127.0.0.1:9/</link></channel>
<item rdf:about="http://127.0.0.1:9/t/5"><title>咖啡豆求推荐</title><link>http://127.0.0.1:9/t/5</link>
  <dc:creator>小林</dc:creator><dc:date>2012-02-03</dc:date><dc:subject>咖啡</dc:subject>
  <description>浅烘还是深烘</description></item>
</rdf:RDF>"""

ATOM = """<?xml version="1.0" encoding="utf-8"?>
<feed xmlns="http://www.w3.org/2005/Atom" xmlns:thr="http://purl.org/syndication/thread/1.0" xml:lang="zh"
      xml:base="http://127.0.0.1:9/blog/">
  <title type="html">慢跑&lt;i&gt;日记&lt;/i&gt;</title><id>tag:127.0.0.1,2020:blog</id><subtitle>每天五公里</subtitle>
  <author><name>默认作者</name></author>
  <link rel="self" href="feed.atom"/><link rel="alternate" href="./"/><link rel="next" href="feed.atom?page=2"/>
  <entry>
    <id>tag:127.0.0.1,2020:1</id><title>第一天</title><link href="1.html"/>
    <published>2020-03-01T07:30:00+08:00</published><updated>2020-03-05T07:30:00Z</updated>
    <author><name>Amy</name><uri>http://127.0.0.1:9/@amy</uri><email>amy@example.org</email></author>
    <category term="running" label="跑步"/><category term="新手"/>
    <thr:in-reply-to ref="tag:127.0.0.1,2020:0"/>
    <content type="xhtml"><div xmlns="http://www.w3.org/1999/xhtml"><p>跑了<em>三</em>公里</p></div></content>
  </entry>
  <entry>
    <id>tag:127.0.0.1,2020:2</id><title>第二天</title><updated>2020-03-02T07:30:00Z</updated>
    <summary type="text">a &lt; b</summary>
  </entry>
</feed>"""


def entry(number: int, text: str = "", day: str = "2026-01-02T00:00:00Z") -> str:
    """An entry of an Atom feed."""
    return (
        f"<entry><id>tag:x,2026:{number}</id><title>第{number}篇</title><published>{day}</published>"
        f"<author><name>amy</name></author><content type='text'>{text or number}</content></entry>"
    )


def atom(entries: Iterable[str], following: str | None = None) -> bytes:
    """An Atom feed, and the page that it says follows."""
    link = f'<link rel="next" href="{following}"/>' if following else ""
    return (
        f'<feed xmlns="http://www.w3.org/2005/Atom"><id>tag:x,2026:feed</id><title>t</title>{link}'
        f"{''.join(entries)}</feed>"
    ).encode()
