// Whether texts are what a setting wants. Pure.
import { redisGroup } from "../domain/redis-group.ts";

export function isPath(value: string): boolean {
  return value !== "" && value.length <= 4_096 && !value.includes("\u0000");
}

/** Any visible ASCII is a key, except the two characters that API_KEYS itself is made with. */
export function isApiKey(item: string): boolean {
  return /^[!-+\--9;-~]{1,1024}(:read|:write)?$/.test(item);
}

export function isRedisUrl(value: string): boolean {
  if (/^(unix:\/\/)?\/./.test(value) || redisGroup(value) !== null) return true;
  if (!URL.canParse(value)) return false;
  const { protocol, hostname, pathname, username, password } = new URL(value);
  return (
    /^rediss?:$/.test(protocol) && hostname !== "" && /^\/?\d{0,5}$/.test(pathname) && decodes(username + password)
  );
}

function decodes(value: string): boolean {
  try {
    decodeURIComponent(value);
    return true;
  } catch {
    return false;
  }
}

export function withoutPassword(value: string): string {
  // Several hosts are no URL to the platform. The last @ ends what may be secret, whatever somebody forgot to encode.
  if (!URL.canParse(value)) return value.replace(/^([^:/]+:\/\/[^:@]*):.*@/s, "$1:***@").replace(/\?.*$/s, "");
  const url = new URL(value);
  if (url.password !== "") url.password = "***";
  url.search = "";
  return url.href;
}

export function isTimezone(name: string): boolean {
  // Without opening a calendar, which takes longer than all other settings together.
  if (name === "UTC") return true;
  try {
    return new Intl.DateTimeFormat("en", { timeZone: name }).resolvedOptions().timeZone !== "";
  } catch {
    return false;
  }
}
