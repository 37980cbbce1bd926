// Times as clients read them.

/** RFC 3339 in UTC, whole seconds, literal `Z`: the AWS SDK for JavaScript refuses `+00:00`. `seconds` since 1970. */
export function formatTime(seconds: number): string {
  return `${new Date(Math.floor(seconds) * 1000).toISOString().slice(0, 19)}Z`;
}
