import type { SampleRequest } from './sample-request.ts';

export function goSample({ method, url, body }: SampleRequest): string {
  const content = body === undefined ? 'nil' : 'strings.NewReader(body)';
  const text =
    body === undefined
      ? ''
      : `\tbody := ${quoted(typeof body.value === 'string' ? body.value : JSON.stringify(body.value, null, 2))}\n`;
  const type =
    body === undefined ? '' : `\n\trequest.Header.Set("Content-Type", ${JSON.stringify(body.contentType)})`;
  return `package main

import (
	"fmt"
	"io"
	"net/http"
	"os"${body === undefined ? '' : '\n\t"strings"'}
)

func main() {
${text}	request, err := http.NewRequest("${method}", ${JSON.stringify(url)}, ${content})
	if err != nil {
		panic(err)
	}
	request.Header.Set("Authorization", "Bearer "+os.Getenv("HOSTEDHOOKS_API_KEY"))${type}
	response, err := http.DefaultClient.Do(request)
	if err != nil {
		panic(err)
	}
	defer response.Body.Close()
	answer, _ := io.ReadAll(response.Body)
	fmt.Println(response.Status, string(answer))
}`;
}

/** A raw string literal, unless the text holds a backquote or a carriage return, which a raw string cannot. */
const quoted = (text: string) => (/[`\r]/.test(text) ? JSON.stringify(text) : `\`${text}\``);
