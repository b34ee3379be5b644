"""How many different features an MBTiles archive has at a zoom: distinct_features.py FILE.mbtiles ZOOM KEY, told apart by the value of KEY.

Reads what of Mapbox Vector Tile 2.1 it takes for that: layers' keys and values, features' tags.
"""
import gzip
import sqlite3
import sys


def varint(data, at):
    value = shift = 0
    while True:
        byte = data[at]
        at += 1
        value |= (byte & 0x7F) << shift
        if byte < 0x80:
            return value, at
        shift += 7


def fields(data):
    """The number of each field with its bytes, or its number."""
    at = 0
    while at < len(data):
        tag, at = varint(data, at)
        kind = tag & 7
        if kind == 0:
            value, at = varint(data, at)
        else:
            size, at = varint(data, at) if kind == 2 else ({1: 8, 5: 4}[kind], at)
            value, at = data[at:at + size], at + size
        yield tag >> 3, value


def packed(data):
    at = 0
    while at < len(data):
        value, at = varint(data, at)
        yield value


def numbers_of(layer, key):
    """The values of the key among the features of a layer, as they are encoded."""
    keys, values, features = [], [], []
    for number, value in fields(layer):
        {3: keys, 4: values, 2: features}.get(number, []).append(value)
    wanted = keys.index(key)
    for feature in features:
        tags = [list(packed(value)) for number, value in fields(feature) if number == 2][0]
        for name, value in zip(tags[0::2], tags[1::2]):
            if name == wanted:
                yield next(fields(values[value]))[1]  # whole numbers: however they are typed, the same number


def main(file, zoom, key):
    found = set()
    for (tile,) in sqlite3.connect(file).execute("SELECT tile_data FROM tiles WHERE zoom_level = ?", (int(zoom),)):
        for number, layer in fields(gzip.decompress(tile)):
            if number == 3:
                found.update(numbers_of(layer, key.encode()))
    print(len(found))


main(*sys.argv[1:])
