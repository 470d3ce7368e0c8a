#!/bin/sh
# go-msgauth's reader of Authentication-Results takes a semicolon within a comment for the end of the result.
#
# Guess: what OpenDKIM writes, "dkim=pass (2048-bit key; unprotected) header.d=shop.example", is one result of one domain: a
#        comment may hold a semicolon (RFC 5322 section 3.2.2), a reason in quotes as well (RFC 8601 section 2.2).
# Seen:  github.com/emersion/go-msgauth v0.7.0 (Go) finds the header malformed and gives up at that place: the domain that
#        signed and all results behind it are missing. A reason of several words is its first word, with the quote.
#        authres 1.2.0 (Python) reads all of them.
# So:    part the header into results only after its comments and quoted texts are known.
set -eu
dir=$(mktemp -d)
trap 'chmod -R u+w "$dir"; rm -rf "$dir"' EXIT
cd "$dir"
python3 -m venv venv
venv/bin/pip install --quiet --disable-pip-version-check authres==1.2.0
cat >headers.json <<'JSON'
["mx.example; dkim=pass (2048-bit key) header.d=shop.example; spf=pass smtp.mailfrom=news@shop.example",
 "mx.example; dkim=pass (2048-bit key; unprotected) header.d=shop.example; spf=pass smtp.mailfrom=news@shop.example",
 "mx.example; dkim=fail reason=\"signature verification failed\" header.d=shop.example; spf=pass smtp.mailfrom=news@shop.example"]
JSON
venv/bin/python - <<'PYTHON'
import json
from importlib.metadata import version

from authres import AuthenticationResultsHeader

for header, reason in zip(json.load(open("headers.json")), [None, None, "signature verification failed"], strict=True):
    dkim, spf = AuthenticationResultsHeader.parse(f"Authentication-Results: {header}").results
    print(f"authres {version('authres')}: {dkim.header_d}, reason {dkim.reason}; spf {spf.result}")
    assert (dkim.header_d, dkim.reason, spf.result) == ("shop.example", reason, "pass")
PYTHON
cat >main.go <<'GO'
package main

import (
	"encoding/json"
	"fmt"
	"os"

	"github.com/emersion/go-msgauth/authres"
)

func main() {
	var headers []string
	content, _ := os.ReadFile("headers.json")
	if err := json.Unmarshal(content, &headers); err != nil {
		panic(err)
	}
	for _, header := range headers {
		_, results, err := authres.Parse(header)
		fmt.Printf("%d results", len(results))
		for _, result := range results {
			if dkim, ok := result.(*authres.DKIMResult); ok {
				fmt.Printf(", dkim of %q, reason %q", dkim.Domain, dkim.Reason)
			}
		}
		fmt.Printf(", error %v\n", err)
	}
}
GO
export GOPATH="$dir/go" GOCACHE="$dir/cache" GOFLAGS=-mod=mod
go mod init finding 2>go.log
go get github.com/emersion/go-msgauth@v0.7.0 2>>go.log
go run . | tee seen.txt
cat >expected.txt <<'TEXT'
2 results, dkim of "shop.example", reason "", error <nil>
1 results, dkim of "", reason "", error msgauth: malformed authentication method and value
2 results, dkim of "shop.example", reason "\"signature", error <nil>
TEXT
diff expected.txt seen.txt
