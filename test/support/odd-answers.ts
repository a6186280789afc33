const OK = 'HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok';

/** Successes with the body `ok` that Go, curl and Python understand, and that strict parsers refuse or misread. */
export const ODD_ANSWERS: [name: string, bytes: string][] = [
  ['whitespace after Content-Length', 'HTTP/1.1 200 OK\r\nContent-Length: 2 \r\n\r\nok'],
  ['a tab before Content-Length', 'HTTP/1.1 200 OK\r\nContent-Length:\t2\t \r\n\r\nok'],
  ['100 Continue', `HTTP/1.1 100 Continue\r\n\r\n${OK}`],
  ['103 Early Hints', `HTTP/1.1 103 Early Hints\r\nLink: </a>\r\n\r\n${OK}`],
  ['several informational answers', `HTTP/1.1 100\r\n\r\nHTTP/1.1 102 P\r\nA: b\r\n\r\n${OK}`],
  ['a folded header', 'HTTP/1.1 200 OK\r\nX-Long: one\r\n two\r\n\tthree\r\nContent-Length: 2\r\n\r\nok'],
  ['two equal Content-Lengths', 'HTTP/1.1 200 OK\r\nContent-Length: 2\r\nContent-Length: 2\r\n\r\nok'],
  ['two equal Content-Lengths in one line', 'HTTP/1.1 200 OK\r\nContent-Length: 2, 2\r\n\r\nok'],
  [
    'Content-Length beside Transfer-Encoding',
    'HTTP/1.1 200 OK\r\nContent-Length: 9\r\nTransfer-Encoding: chunked\r\n\r\n2\r\nok\r\n0\r\n\r\n',
  ],
  ['lines that end without CR', 'HTTP/1.1 200 OK\nContent-Length: 2\n\nok'],
  ['whitespace before a colon', 'HTTP/1.1 200 OK\r\nContent-Length : 2\r\n\r\nok'],
  ['a header name that is none', 'HTTP/1.1 200 OK\r\nX Odd(1): y\r\nContent-Length: 2\r\n\r\nok'],
  ['a line without a colon', 'HTTP/1.1 200 OK\r\nnonsense\r\nContent-Length: 2\r\n\r\nok'],
  ['a control character in a value', 'HTTP/1.1 200 OK\r\nX-Bell: \x07\x00\r\nContent-Length: 2\r\n\r\nok'],
  ['an empty line before the status', `\r\n${OK}`],
  ['no reason phrase', 'HTTP/1.1 200\r\nContent-Length: 2\r\n\r\nok'],
  ['a later minor version', 'HTTP/1.2 200 OK\r\nContent-Length: 2\r\n\r\nok'],
];
