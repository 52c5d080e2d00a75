/** Ways to send an event, each ready to be pasted. */
export interface Snippet {
  readonly id: "curl" | "line" | "python" | "javascript";
  readonly code: string;
}

/** Pre-filled with where to send, what to call it, and the key. */
export function snippets(origin: string, stream: string, key: string): readonly Snippet[] {
  const event = `{"stream":"${stream}","tags":{"room":"kitchen"},"fields":{"value":21.4}}`;
  return [
    {
      id: "curl",
      code: `curl ${origin}/api/v1/events \\
  -H 'Authorization: Bearer ${key}' \\
  -H 'Content-Type: application/json' \\
  -d '${event}'`,
    },
    {
      id: "line",
      code: `curl '${origin}/api/v2/write?precision=ms' \\
  -H 'Authorization: Token ${key}' \\
  --data-binary '${stream},room=kitchen value=21.4'`,
    },
    {
      id: "python",
      code: `import json, random, time, urllib.request

while True:
    event = {"stream": "${stream}", "tags": {"room": "kitchen"}, "fields": {"value": random.gauss(21, 0.5)}}
    urllib.request.urlopen(urllib.request.Request(
        "${origin}/api/v1/events",
        data=json.dumps(event).encode(),
        headers={"Authorization": "Bearer ${key}", "Content-Type": "application/json"},
    ))
    time.sleep(0.2)`,
    },
    {
      id: "javascript",
      code: `setInterval(() => fetch("${origin}/api/v1/events", {
  method: "POST",
  headers: { Authorization: "Bearer ${key}", "Content-Type": "application/json" },
  body: JSON.stringify({ stream: "${stream}", tags: { room: "kitchen" }, fields: { value: 21 + Math.random() } }),
}), 200);`,
    },
  ];
}
