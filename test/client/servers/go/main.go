// What the tests of the client talk to. The first argument is the port, the second the folder with the files.
package main

import (
	"bytes"
	"compress/gzip"
	"fmt"
	"io"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"time"
)

func main() {
	port, folder := os.Args[1], os.Args[2]
	for _, name := range []string{"1k", "big"} {
		content := read(filepath.Join(folder, name))
		etag := fmt.Sprintf("%q", name)
		http.HandleFunc("/"+name, func(out http.ResponseWriter, request *http.Request) {
			out.Header().Set("ETag", etag)
			http.ServeContent(out, request, "", time.Time{}, bytes.NewReader(content))
		})
	}
	text := read(filepath.Join(folder, "text.txt"))
	http.HandleFunc("/text.txt", func(out http.ResponseWriter, request *http.Request) {
		out.Header().Set("Content-Type", "text/plain")
		if !strings.Contains(request.Header.Get("Accept-Encoding"), "gzip") {
			out.Write(text)
			return
		}
		out.Header().Set("Content-Encoding", "gzip")
		coder := gzip.NewWriter(out)
		coder.Write(text)
		coder.Close()
	})
	http.HandleFunc("/chunks", lines)
	http.HandleFunc("/trailers", func(out http.ResponseWriter, request *http.Request) {
		out.Header().Set("Trailer", "X-Rows")
		lines(out, request)
		out.Header().Set("X-Rows", "10")
	})
	http.HandleFunc("/close", func(out http.ResponseWriter, request *http.Request) {
		connection, buffered, _ := out.(http.Hijacker).Hijack()
		fmt.Fprint(buffered, "HTTP/1.0 200 OK\r\nContent-Type: text/plain\r\n\r\n")
		writeLines(buffered)
		buffered.Flush()
		connection.Close()
	})
	http.HandleFunc("/cut", func(out http.ResponseWriter, request *http.Request) {
		lines(out, request)
		panic(http.ErrAbortHandler)
	})
	http.HandleFunc("/empty", func(out http.ResponseWriter, request *http.Request) {
		out.WriteHeader(http.StatusNoContent)
	})
	http.HandleFunc("/redirect", func(out http.ResponseWriter, request *http.Request) {
		http.Redirect(out, request, "/1k", http.StatusFound)
	})
	http.HandleFunc("/echo", func(out http.ResponseWriter, request *http.Request) {
		content, _ := io.ReadAll(request.Body)
		framing := "length"
		if len(request.TransferEncoding) > 0 {
			framing = strings.Join(request.TransferEncoding, ", ")
		}
		out.Header().Set("X-Upload-Framing", framing)
		if sum := request.Trailer.Get("X-Sum"); sum != "" {
			out.Header().Set("X-Upload-Sum", sum)
		}
		out.Write(content)
	})
	fmt.Fprintln(os.Stderr, http.ListenAndServe("127.0.0.1:"+port, nil))
	os.Exit(1)
}

func lines(out http.ResponseWriter, request *http.Request) {
	for index := 0; index < 10; index++ {
		fmt.Fprintf(out, "line %d of 10\n", index)
		out.(http.Flusher).Flush()
	}
}

func writeLines(out io.Writer) {
	for index := 0; index < 10; index++ {
		fmt.Fprintf(out, "line %d of 10\n", index)
	}
}

func read(path string) []byte {
	content, err := os.ReadFile(path)
	if err != nil {
		panic(err)
	}
	return content
}
