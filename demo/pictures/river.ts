import { type Colour, mix, Raster } from "./raster.ts";

/** What the river looks like at one moment. */
export interface Moment {
  /** Of the day, from 0 to 24. */
  readonly hour: number;
  /** Of the water at the staff gauge, in metres from 0 to 4. */
  readonly level: number;
  /** How far the waves have come, in wave lengths. */
  readonly drift: number;
}

interface Light {
  readonly hour: number;
  readonly zenith: Colour;
  readonly skyline: Colour;
  readonly hills: Colour;
  readonly water: Colour;
}

const NIGHT = { zenith: 0x071326, skyline: 0x1d3650, hills: 0x0a1a24, water: 0x0a2432 };
const DAY = { zenith: 0x4fa3d1, skyline: 0xd3ecf1, hills: 0x4d7a58, water: 0x1a7f95 };

const LIGHTS: readonly Light[] = [
  { hour: 0, ...NIGHT },
  { hour: 4.5, ...NIGHT },
  { hour: 6.5, zenith: 0x4a6a9c, skyline: 0xf6b98a, hills: 0x33493f, water: 0x3d6d80 },
  { hour: 9, ...DAY },
  { hour: 16, ...DAY },
  { hour: 18.5, zenith: 0x55508c, skyline: 0xf58d5b, hills: 0x3a3a41, water: 0x5c5e78 },
  { hour: 21, ...NIGHT },
  { hour: 24, ...NIGHT },
];

const SUN = 0xfff3c4;
const MOON = 0xdfe8f2;
const BANK = 0x6b5436;
const STAFF = 0xf4f1e6;
const MARK = 0xb3261e;
const FOAM = 0xe3f5f7;
const METRES = 4;

/** The light of an hour, between those of the table. */
function lightAt(hour: number): Omit<Light, "hour"> {
  const next = Math.max(
    1,
    LIGHTS.findIndex((light) => light.hour > hour),
  );
  const [from, to] = [LIGHTS[next - 1], LIGHTS[next]];
  const share = (hour - from.hour) / (to.hour - from.hour);
  return {
    zenith: mix(from.zenith, to.zenith, share),
    skyline: mix(from.skyline, to.skyline, share),
    hills: mix(from.hills, to.hills, share),
    water: mix(from.water, to.water, share),
  };
}

/** A river below hills, with a staff gauge in it. Every picture of the demo is this one, at another time of the day. */
export function paintRiver(picture: Raster, { hour, level, drift }: Moment): void {
  const { width, height } = picture;
  const light = lightAt(hour);
  const horizon = height * 0.52;
  // A metre of the staff is a fixed part of the picture.
  const metre = height * 0.1;
  const surface = height * 0.96 - level * metre;
  const isDay = hour >= 6 && hour < 18.5;
  const arc = Math.PI * (isDay ? (hour - 6) / 12.5 : ((hour + 24 - 18.5) % 24) / 11.5);
  const disc = {
    x: width * (0.5 - 0.42 * Math.cos(arc)),
    y: horizon * (1 - 0.78 * Math.sin(arc)),
    radius: height * 0.055,
    colour: isDay ? SUN : MOON,
  };

  for (let x = 0; x < width; x++) {
    const turn = (x / width) * Math.PI * 2;
    const ridge = horizon - height * (0.13 + 0.05 * Math.sin(turn * 1.3 + 1) + 0.02 * Math.sin(turn * 5));
    const slope = horizon - height * (0.03 + 0.03 * Math.sin(turn * 2.1 + 4) + 0.008 * Math.sin(turn * 9));
    const wave = height * 0.008 * Math.sin(turn * 6 - drift * Math.PI * 2);
    const top = surface + wave;
    for (let y = 0; y < height; y++) {
      let colour: Colour;
      if (y >= top) colour = waterAt(x, y, top);
      else if (y >= slope) colour = mix(light.hills, BANK, ((y - slope) / (height - slope)) * 0.8);
      else if (y >= ridge) colour = mix(light.hills, light.skyline, 0.45);
      else colour = skyAt(x, y);
      picture.set(x, y, colour);
    }
  }
  paintStaff(picture, surface, metre, light.water);

  function skyAt(x: number, y: number): Colour {
    const sky = mix(light.zenith, light.skyline, y / horizon);
    const away = Math.hypot(x - disc.x, y - disc.y) / disc.radius;
    if (away < 1) return disc.colour;
    return mix(sky, disc.colour, 0.5 / (away * away));
  }

  function waterAt(x: number, y: number, top: number): Colour {
    const depth = (y - top) / (height - top + 1);
    if (y - top < height * 0.006) return mix(light.water, FOAM, 0.55);
    const ripple = Math.sin((x / width) * 70 + y * 0.9 + drift * 5) * Math.sin(y * 0.35 - drift * 3);
    const glitter = Math.abs(x - disc.x) < disc.radius * (1 + depth * 2) && ripple > 0.35 ? 0.45 : 0;
    return mix(mix(light.water, 0x04141c, depth * 0.55), disc.colour, glitter + (ripple > 0.6 ? 0.06 : 0));
  }
}

/** A white staff with a mark every half metre, seen through the water below the surface. */
function paintStaff(picture: Raster, surface: number, metre: number, water: Colour): void {
  const { width, height } = picture;
  const foot = height * 0.96;
  const left = width * 0.1;
  const breadth = Math.max(6, width * 0.035);
  const wet = (colour: Colour, y: number): Colour => (y > surface ? mix(colour, water, 0.6) : colour);
  for (let y = Math.round(foot - METRES * metre); y < Math.round(foot); y++) {
    const half = Math.floor(((foot - y) / metre) * 2);
    const colour = half % 2 === 0 ? STAFF : MARK;
    picture.fill(left, y, breadth, 1, wet(colour, y));
  }
  const dot = Math.max(1, Math.round(height / 160));
  for (let mark = 1; mark <= METRES; mark++) {
    const y = foot - mark * metre;
    picture.write(String(mark), left + breadth + 2 * dot, y, dot, wet(STAFF, y));
  }
}

/** The river with a clock and the level, which is a film's or a live picture's frame. */
export function paintGauge(picture: Raster, moment: Moment, clock: string): void {
  paintRiver(picture, moment);
  const dot = Math.max(2, Math.round(picture.height / 90));
  const right = (text: string): number => picture.width - (text.length * 6 + 1) * dot;
  const level = moment.level.toFixed(2);
  const left = Math.min(right(clock), right(level)) - 2 * dot;
  picture.fill(left, dot, picture.width - left - dot, 21 * dot, 0x0b181b);
  picture.write(clock, right(clock), 3 * dot, dot, 0xffffff);
  picture.write(level, right(level), 13 * dot, dot, 0x4fcbdc);
}

/** Octets of noise, always the same: a photo that packs well would be no photo. */
export function addGrain(picture: Raster, strength: number, seed: number): void {
  let state = seed >>> 0 || 1;
  for (let at = 0; at < picture.octets.length; at++) {
    // A linear congruential generator: nothing here has to be hard to guess.
    state = (Math.imul(state, 1664525) + 1013904223) >>> 0;
    const value = picture.octets[at] + ((state >>> 24) / 255 - 0.5) * strength;
    picture.octets[at] = Math.min(255, Math.max(0, value));
  }
}
