"""Warnings as a province might send them, in CAP 1.2."""

from __future__ import annotations

from typing import Final

CAP: Final = "urn:oasis:names:tc:emergency:cap:1.2"

FLOOD: Final = f"""<?xml version="1.0" encoding="utf-8"?>
<alert xmlns="{CAP}">
  <identifier>LU-2026-11</identifier>
  <sender>pctt@tinh.example</sender>
  <sent>2026-11-25T18:00:00+07:00</sent>
  <status>Actual</status>
  <msgType>Alert</msgType>
  <scope>Public</scope>
  <info>
    <language>vi-VN</language>
    <category>Met</category>
    <event>Lũ quét</event>
    <urgency>Immediate</urgency>
    <severity>Extreme</severity>
    <certainty>Observed</certainty>
  </info>
</alert>""".encode()
"""The least a warning needs."""

FULL: Final = f"""<?xml version="1.0" encoding="utf-8"?>
<alert xmlns="{CAP}">
  <identifier>LU-2026-12</identifier>
  <sender>pctt@tinh.example</sender>
  <sent>2026-11-25T18:00:00+07:00</sent>
  <status>Actual</status>
  <msgType>Update</msgType>
  <source>Trạm thủy văn</source>
  <scope>Public</scope>
  <restriction>a</restriction>
  <addresses>b</addresses>
  <code>c</code>
  <code>d</code>
  <note>e</note>
  <references>pctt@tinh.example,LU-2026-11,2026-11-25T16:00:00+07:00</references>
  <incidents>f</incidents>
  <info>
    <language>vi-VN</language>
    <category>Met</category>
    <category>Safety</category>
    <event>Lũ quét</event>
    <responseType>Evacuate</responseType>
    <responseType>Shelter</responseType>
    <urgency>Immediate</urgency>
    <severity>Extreme</severity>
    <certainty>Observed</certainty>
    <audience>Mọi người</audience>
    <eventCode><valueName>g</valueName><value>h</value></eventCode>
    <effective>2026-11-25T18:00:00+07:00</effective>
    <onset>2026-11-25T19:00:00+07:00</onset>
    <expires>2026-11-26T00:00:00+07:00</expires>
    <senderName>Ban chỉ huy phòng chống thiên tai</senderName>
    <headline>Lũ quét đang về, lên chỗ cao ngay</headline>
    <description>Nước suối dâng nhanh.</description>
    <instruction>Rời khỏi bờ suối, lên nhà văn hóa.</instruction>
    <web>https://tinh.example/lu?ngay=25#a</web>
    <contact>112</contact>
    <parameter><valueName>i</valueName><value>j</value></parameter>
    <resource>
      <resourceDesc>Bản đồ</resourceDesc>
      <mimeType>image/png</mimeType>
      <size>1234</size>
      <uri>map.png</uri>
      <derefUri>aGVsbG8=</derefUri>
      <digest>da39a3ee</digest>
    </resource>
    <area>
      <areaDesc>Ven suối</areaDesc>
      <polygon>21.0,105.8 21.1,105.8 21.1,105.9 21.0,105.8</polygon>
      <circle>21.03,105.85 10</circle>
      <geocode><valueName>xa</valueName><value>00123</value></geocode>
      <altitude>100.5</altitude>
      <ceiling>900</ceiling>
    </area>
  </info>
  <info>
    <category>Met</category>
    <event>Flash flood</event>
    <urgency>Immediate</urgency>
    <severity>Extreme</severity>
    <certainty>Observed</certainty>
  </info>
</alert>""".encode()
"""Everything a warning may hold."""
