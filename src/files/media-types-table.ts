// Written by scripts/media-types.mjs from mime-db: don't change it here.

/** A line for each media type: its name, and the extensions that have it. */
export const MEDIA_TYPES: string = `
application/atom+xml atom
application/cbor cbor
application/dash+xml mpd
application/epub+zip epub
application/geo+json geojson
application/gpx+xml gpx
application/gzip gz tgz
application/java-archive jar
application/json json map
application/json5 json5
application/jsonl jsonl
application/ld+json jsonld
application/manifest+json webmanifest
application/msword doc
application/octet-stream bin
application/pdf pdf
application/pem-certificate-chain pem
application/pgp-signature asc sig
application/pkix-cert cer
application/postscript ai eps ps
application/rss+xml rss
application/rtf rtf
application/sql sql
application/toml toml
application/vnd.android.package-archive apk
application/vnd.apache.arrow.file arrow
application/vnd.apache.parquet parquet
application/vnd.apple.mpegurl m3u8
application/vnd.debian.binary-package deb
application/vnd.google-earth.kml+xml kml
application/vnd.google-earth.kmz kmz
application/vnd.ms-excel xls
application/vnd.ms-fontobject eot
application/vnd.ms-powerpoint ppt
application/vnd.msgpack msgpack
application/vnd.oasis.opendocument.graphics odg
application/vnd.oasis.opendocument.presentation odp
application/vnd.oasis.opendocument.spreadsheet ods
application/vnd.oasis.opendocument.text odt
application/vnd.openxmlformats-officedocument.presentationml.presentation pptx
application/vnd.openxmlformats-officedocument.presentationml.slideshow ppsx
application/vnd.openxmlformats-officedocument.spreadsheetml.sheet xlsx
application/vnd.openxmlformats-officedocument.wordprocessingml.document docx
application/vnd.openxmlformats-officedocument.wordprocessingml.template dotx
application/vnd.rar rar
application/vnd.sqlite3 sqlite
application/wasm wasm
application/x-7z-compressed 7z
application/x-bittorrent torrent
application/x-brotli br
application/x-bzip2 bz2
application/x-ipynb+json ipynb
application/x-lz4 lz4
application/x-mobipocket-ebook mobi
application/x-ndjson ndjson
application/x-pkcs12 p12 pfx
application/x-redhat-package-manager rpm
application/x-sh sh
application/x-subrip srt
application/x-tar tar
application/x-tex tex
application/x-x509-ca-cert crt der
application/x-xz xz
application/xhtml+xml xht xhtml
application/xml xml
application/xslt+xml xsl xslt
application/yaml yaml yml
application/zip zip
application/zstd zst
audio/aac aac
audio/flac flac
audio/matroska mka
audio/midi mid midi
audio/mp4 m4a m4b
audio/mpeg mp3 mpga
audio/ogg oga ogg opus
audio/wav wav
audio/webm weba
audio/x-aiff aif aiff
audio/x-ms-wma wma
font/collection ttc
font/otf otf
font/ttf ttf
font/woff woff
font/woff2 woff2
image/aces exr
image/apng apng
image/avif avif
image/bmp bmp
image/gif gif
image/heic heic
image/heif heif
image/jp2 jp2
image/jpeg jfif jpeg jpg
image/jxl jxl
image/ktx2 ktx2
image/png png
image/svg+xml svg
image/tiff tif tiff
image/vnd.adobe.photoshop psd
image/vnd.microsoft.icon ico
image/webp webp
message/rfc822 eml
model/gltf+json gltf
model/gltf-binary glb
model/obj obj
model/stl stl
model/vnd.usdz+zip usdz
text/calendar ics
text/css css
text/csv csv
text/html htm html
text/javascript cjs js mjs
text/jsx jsx
text/less less
text/markdown markdown md
text/plain conf ini log text txt
text/tab-separated-values tsv
text/typescript cts mts ts tsx
text/vcard vcf
text/vtt vtt
text/x-c c cpp h
text/x-diff diff patch
text/x-go go
text/x-java java
text/x-python py
text/x-ruby rb
text/x-rust rs
text/x-scss scss
video/3gpp 3gp
video/3gpp2 3g2
video/iso.segment m4s
video/matroska mkv
video/mp2t m2ts
video/mp4 m4v mp4 mp4v
video/mpeg mpeg mpg
video/ogg ogv
video/quicktime mov
video/webm webm
video/x-flv flv
video/x-ms-wmv wmv
video/x-msvideo avi
`;
