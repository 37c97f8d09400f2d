// A picture of a page in fewer bytes, pixel for pixel the same: browsers write PNG in a hurry. Each line is filtered in the way
// that leaves the least, or not at all, whichever makes the whole smaller. Takes what browsers write: 8 bits, no interlace.
import { crc32, deflateSync, inflateSync } from "node:zlib";

const SIGNATURE = Buffer.from([0x89, 0x50, 0x4e, 0x47, 0x0d, 0x0a, 0x1a, 0x0a]);
const CHANNELS = { 2: 3, 6: 4 };
const FILTERS = [0, 1, 2, 3, 4];

export function smallerPng(png) {
  const { header, data } = chunksOf(png);
  const [width, height, bits, colours] = [header.readUInt32BE(0), header.readUInt32BE(4), header[8], header[9]];
  const channels = CHANNELS[colours];
  if (bits !== 8 || channels === undefined || header[12] !== 0) return png;
  const stride = width * channels;
  const pixels = unfiltered(inflateSync(data), { stride, height, channels });
  const plain = filtered(pixels, { stride, height, channels, choose: () => 0 });
  const least = filtered(pixels, { stride, height, channels, choose: leastSum });
  const packed = [plain, least].map((lines) => deflateSync(lines, { level: 9, memLevel: 9 }));
  const best = packed.reduce((one, other) => (other.length < one.length ? other : one));
  const made = Buffer.concat([SIGNATURE, chunk("IHDR", header), chunk("IDAT", best), chunk("IEND", Buffer.alloc(0))]);
  return made.length < png.length ? made : png;
}

function chunksOf(png) {
  if (!png.subarray(0, 8).equals(SIGNATURE)) throw new Error("that is no PNG");
  let header = null;
  const data = [];
  for (let at = 8; at < png.length;) {
    const [length, type] = [png.readUInt32BE(at), png.toString("latin1", at + 4, at + 8)];
    const body = png.subarray(at + 8, at + 8 + length);
    if (type === "IHDR") header = body;
    if (type === "IDAT") data.push(body);
    at += 12 + length;
  }
  return { header, data: Buffer.concat(data) };
}

function chunk(type, body) {
  const named = Buffer.concat([Buffer.from(type, "latin1"), body]);
  const [length, check] = [Buffer.alloc(4), Buffer.alloc(4)];
  length.writeUInt32BE(body.length);
  check.writeUInt32BE(crc32(named));
  return Buffer.concat([length, named, check]);
}

/** What the filter foretells of a byte: left, above, both, or the nearest of three. */
function foretold(filter, left, above, corner) {
  if (filter === 0) return 0;
  if (filter === 1) return left;
  if (filter === 2) return above;
  if (filter === 3) return (left + above) >> 1;
  const sum = left + above - corner;
  const [a, b, c] = [Math.abs(sum - left), Math.abs(sum - above), Math.abs(sum - corner)];
  return a <= b && a <= c ? left : b <= c ? above : corner;
}

function unfiltered(lines, { stride, height, channels }) {
  const pixels = Buffer.alloc(stride * height);
  for (let y = 0; y < height; y++) {
    const filter = lines[y * (stride + 1)];
    for (let x = 0; x < stride; x++) {
      const at = y * stride + x;
      const left = x < channels ? 0 : pixels[at - channels];
      const above = y === 0 ? 0 : pixels[at - stride];
      const corner = x < channels || y === 0 ? 0 : pixels[at - stride - channels];
      pixels[at] = lines[y * (stride + 1) + 1 + x] + foretold(filter, left, above, corner);
    }
  }
  return pixels;
}

function filtered(pixels, { stride, height, channels, choose }) {
  const lines = Buffer.alloc((stride + 1) * height);
  for (let y = 0; y < height; y++) {
    const tried = FILTERS.map((filter) => lineOf(pixels, y, { stride, channels, filter }));
    const filter = choose(tried);
    lines[y * (stride + 1)] = filter;
    tried[filter].copy(lines, y * (stride + 1) + 1);
  }
  return lines;
}

function lineOf(pixels, y, { stride, channels, filter }) {
  const line = Buffer.alloc(stride);
  for (let x = 0; x < stride; x++) {
    const at = y * stride + x;
    const left = x < channels ? 0 : pixels[at - channels];
    const above = y === 0 ? 0 : pixels[at - stride];
    const corner = x < channels || y === 0 ? 0 : pixels[at - stride - channels];
    line[x] = pixels[at] - foretold(filter, left, above, corner);
  }
  return line;
}

function leastSum(tried) {
  const sums = tried.map((line) => line.reduce((sum, byte) => sum + (byte < 128 ? byte : 256 - byte), 0));
  return sums.indexOf(Math.min(...sums));
}
