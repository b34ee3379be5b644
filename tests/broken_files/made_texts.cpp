#include "tests/broken_files/made_files.hpp"

#include <string_view>

namespace keyaki::test {

namespace {

std::string repeated(std::string_view text, std::size_t times) {
    std::string out;
    for (std::size_t i = 0; i < times; ++i) {
        out += text;
    }
    return out;
}

void make_tables(const TakeMadeFile &take) {
    const std::string rows = "name,lat,lon\nstation,35.77,139.52\n";
    take({FileKind::city, "empty.csv", ""});
    take({FileKind::city, "blank.csv", "\n\n  \n"});
    take({FileKind::city, "one zero byte.csv", std::string(1, '\0')});
    take({FileKind::city, "zero bytes.csv", std::string(10'000, '\0')});
    take({FileKind::city, "zero byte in a row.csv", rows + std::string("a\0b,35.7,139.5\n", 15)});
    take({FileKind::city, "header alone.csv", "name,lat,lon\n"});
    take({FileKind::city, "unclosed quote.csv", rows + "\"park,35.7,139.5\n" + repeated("a,35.7,139.5\n", 100)});
    take({FileKind::city, "text after a quote.csv", rows + "\"park\"s,35.7,139.5\n"});
    take({FileKind::city, "cells too many.csv", rows + "park,35.7,139.5,extra\n"});
    take({FileKind::city, "cells too few.csv", rows + "park,35.7\n"});
    take({FileKind::city, "not numbers.csv", "name,lat,lon\na,NaN,139.5\nb,inf,139.5\nc,-Infinity,139.5\nd,1e400,139.5\ne,35.7,nan\nf,0x23,139.5\n"});
    take({FileKind::city, "swapped.csv", "name,lat,lon\na,139.52,35.77\nb,139.53,35.78\n"});
    take({FileKind::city, "out of range.csv", "name,lat,lon\na,95,139.5\nb,35.7,200\nc,-91,0\nd,35.7,-180.5\ne,0,0\n"});
    take({FileKind::city, "beyond the map.csv", "name,lat,lon\npole,90,0\nnorth,86,0\n"});
    take({FileKind::city, "hundred thousand columns.csv", "lat,lon" + repeated(",c", 100'000) + "\n35.7,139.5\n"});
    take({FileKind::city, "three hundred columns.csv", "lat,lon" + repeated(",c", 300) + "\n35.7,139.5" + repeated(",1", 300) + "\n"});
    take({FileKind::city, "names twice.csv", "lat,lon,a,a,a\n35.7,139.5,1,2,3\n"});
    take({FileKind::city, "broken wkt.csv", "name,wkt\na,POINT(139.5\nb,POLYGON((139 35))\nc,POINT EMPTY\nd,CIRCLE(1 2)\ne,POINT(139.5 35.7)\n"});
    take({FileKind::city, "deep wkt.csv",
          "name;wkt\na;" + repeated("GEOMETRYCOLLECTION(", 5000) + "POINT(139.5 35.7)" + std::string(5000, ')') + "\n"});
    take({FileKind::city, "old excel.xls", "\xD0\xCF\x11\xE0\xA1\xB1\x1A\xE1" + std::string(504, '\0')});
    take({FileKind::city, "report.pdf", "%PDF-1.7\n"});
    take({FileKind::city, "page.csv", "<!DOCTYPE html><html><body>404</body></html>"});
}

void make_json(const TakeMadeFile &take) {
    const std::string point = R"({"type":"Point","coordinates":[139.52,35.77]})";
    const auto feature = [](std::string_view geometry) { return R"({"type":"Feature","properties":{},"geometry":)" + std::string(geometry) + "}"; };
    take({FileKind::city, "empty.geojson", ""});
    take({FileKind::city, "zero bytes.geojson", std::string(1000, '\0')});
    take({FileKind::city, "no features.geojson", R"({"type":"FeatureCollection","features":[]})"});
    take({FileKind::city, "deep arrays.geojson", R"({"type":"Point","coordinates":)" + std::string(1'000'000, '[')});
    take({FileKind::city, "deep properties.geojson",
          R"({"type":"Feature","geometry":)" + point + R"(,"properties":{"a":)" + std::string(200, '[') + std::string(200, ']') + "}}"});
    take({FileKind::city, "deep collections.geojson", repeated(R"({"type":"GeometryCollection","geometries":[)", 100) + point + repeated("]}", 100)});
    take({FileKind::city, "collections a few deep.geojson",
          repeated(R"({"type":"GeometryCollection","geometries":[)", 5) + point + repeated("]}", 5)});
    take({FileKind::city, "swapped and out of range.geojson",
          R"({"type":"FeatureCollection","features":[)" + feature(point) + "," + feature(R"({"type":"Point","coordinates":[35.77,139.52]})") + "," +
              feature(R"({"type":"Point","coordinates":[1e300,35]})") + "]}"});
    take({FileKind::city, "cut.geojson", R"({"type":"FeatureCollection","features":[)" + feature(point) + "," + feature(point).substr(0, 60)});
    take({FileKind::city, "same id twice.geojson",
          R"({"type":"FeatureCollection","features":[{"type":"Feature","id":1,"properties":{},"geometry":)" + point +
              R"(},{"type":"Feature","id":"1","properties":{},"geometry":)" + point + "}]}"});
    take({FileKind::city, "sequence with a broken record.geojsonl", feature(point) + "\n" + feature(point).substr(1) + "\n" + feature(point) + "\n"});
    take({FileKind::city, "vrt.geojson",
          R"(<OGRVRTDataSource><OGRVRTLayer name="x"><SrcDataSource>/vsicurl/http://127.0.0.1:9/x</SrcDataSource>)"
          "</OGRVRTLayer></OGRVRTDataSource>"});
    take({FileKind::city, "wfs.geojson", "<OGRWFSDataSource><URL>http://127.0.0.1:9/wfs</URL></OGRWFSDataSource>"});
    take({FileKind::city, "url.geojson", "http://127.0.0.1:9/points.geojson"});
    take({FileKind::city, "esri.json", R"({"geometryType":"esriGeometryPoint","features":[{"attributes":{},"geometry":{"x":139.5,"y":35.7}}]})"});
    take({FileKind::city, "topology.json", R"({"type":"Topology","objects":{},"arcs":[]})"});
}

void make_xml(const TakeMadeFile &take) {
    const std::string bomb = "<!ENTITY a 'ha'>" +
                             std::string("<!ENTITY b '&a;&a;&a;&a;&a;&a;&a;&a;&a;&a;'><!ENTITY c '&b;&b;&b;&b;&b;&b;&b;&b;&b;&b;'>") +
                             "<!ENTITY d '&c;&c;&c;&c;&c;&c;&c;&c;&c;&c;'><!ENTITY e '&d;&d;&d;&d;&d;&d;&d;&d;&d;&d;'>";
    const std::string place = "<Placemark><name>&e;</name><Point><coordinates>139.5,35.7</coordinates></Point></Placemark>";
    take(
        {FileKind::city, "entity bomb.kml",
         "<?xml version='1.0'?><!DOCTYPE kml [" + bomb + "]>\n<kml xmlns='http://www.opengis.net/kml/2.2'><Document>" + place + "</Document></kml>"});
    take({FileKind::city, "entity bomb.gpx",
          "<?xml version='1.0'?><!DOCTYPE gpx [" + bomb + "]>\n<gpx version='1.1'><wpt lat='35.7' lon='139.5'>" + "<name>&e;</name></wpt></gpx>"});
    take({FileKind::city, "external entity.kml",
          "<?xml version='1.0'?><!DOCTYPE kml [<!ENTITY e SYSTEM 'file:///etc/passwd'>]>\n<kml><Document>" + place + "</Document></kml>"});
    take({FileKind::city, "external dtd.gpx",
          "<?xml version='1.0'?><!DOCTYPE gpx SYSTEM 'http://127.0.0.1:9/gpx.dtd'>\n<gpx version='1.1' "
          "creator='x'><wpt lat='35.7' lon='139.5'/></gpx>"});
    take({FileKind::city, "network link.kml",
          "<kml xmlns='http://www.opengis.net/kml/2.2'><Document><NetworkLink><Link><href>http://127.0.0.1:9/x.kml</href>"
          "</Link></NetworkLink></Document></kml>"});
    take({FileKind::city, "cut.kml", "<kml xmlns='http://www.opengis.net/kml/2.2'><Document><Placemark><Point><coordinates>139.5,35.7</coord"});
    take({FileKind::city, "deep folders.kml", "<kml xmlns='http://www.opengis.net/kml/2.2'>" + repeated("<Folder>", 100'000)});
    take({FileKind::city, "coordinates that are none.kml",
          "<kml xmlns='http://www.opengis.net/kml/2.2'><Document><Placemark><Point><coordinates>here"
          "</coordinates></Point></Placemark></Document></kml>"});
    take({FileKind::city, "off earth.gpx",
          "<gpx version='1.1' creator='x' xmlns='http://www.topografix.com/GPX/1/1'><wpt lat='95' lon='139.5'/>"
          "<wpt lat='35.7' lon='139.5'/><wpt lat='nan' lon='139.5'/></gpx>"});
    take({FileKind::osm, "entity bomb.osm",
          "<?xml version='1.0'?><!DOCTYPE osm [" + bomb +
              "]>\n<osm version='0.6'><node id='1' lat='35' lon='139'>"
              "<tag k='name' v='&e;'/></node></osm>"});
    take({FileKind::osm, "external entity.osm",
          "<?xml version='1.0'?><!DOCTYPE osm [<!ENTITY e SYSTEM 'file:///etc/passwd'>]>\n<osm version='0.6'>"
          "<node id='1' lat='35' lon='139'><tag k='name' v='&e;'/></node></osm>"});
}

std::string field(char tag, const std::string &bytes) { return std::string(1, tag) + static_cast<char>(bytes.size()) + bytes; }

/// One block of a PBF file as it stands on the disk, of less than 128 bytes; `tag` says how `data` is packed
/// (https://wiki.openstreetmap.org/wiki/PBF_Format#File_format).
std::string block(const std::string &type, char tag, const std::string &data) {
    const std::string blob = std::string("\x10\x40", 2) + field(tag, data); // unpacked 64 bytes
    const std::string head = field('\x0A', type) + '\x18' + static_cast<char>(blob.size());
    return std::string(3, '\0') + static_cast<char>(head.size()) + head + blob;
}

/// What is wrong with some extract somewhere: order, ids, versions, what it refers to, how it is packed.
void make_odd_extracts(const TakeMadeFile &take) {
    const std::string nodes = "n1 x139.50 y35.70\nn2 x139.51 y35.70\nn3 x139.51 y35.71\nn4 x139.50 y35.71\n";
    const std::string forest = "r1 Ttype=multipolygon,landuse=forest Mw1@,w2@\n";
    take({FileKind::osm, "unsorted.opl", forest + "w2 Nn3,n4,n1\nw1 Thighway=primary Nn1,n2,n3\n" + nodes});
    take({FileKind::osm, "duplicate ids.opl", nodes + "n1 x139.60 y35.70\nw1 Thighway=primary Nn1,n2\nw2 Nn1\nw1 Thighway=primary Nn2,n3\n"});
    take({FileKind::osm, "version after version.opl", nodes + "w1 v1 Thighway=primary Nn1,n2\nw1 v2 Thighway=primary Nn2,n3\n"});
    take({FileKind::osm, "versions out of order.opl",
          nodes + "w1 v3 Thighway=primary Nn1,n2\nw2 v1 Thighway=path Nn3,n4\nw1 v2 Thighway=primary Nn2,n3\n"});
    take({FileKind::osm, "missing nodes.opl", nodes + "w1 Thighway=primary Nn1,n2,n9,n3,n4\nw2 Tlanduse=forest Nn1,n2,n8,n1\n"});
    take({FileKind::osm, "missing ways.opl", nodes + "w1 Thighway=primary Nn1,n2,n3\n" + forest});
    take(
        {FileKind::osm, "a relation of itself.opl", nodes + "w1 Thighway=primary Nn1,n2\nr1 Ttype=multipolygon,landuse=forest Mr1@outer,w1@outer\n"});
    const std::string head = block("OSMHeader", '\x0A', field('\x22', "OsmSchema-V0.6"));
    take({FileKind::osm, "zstd.osm.pbf", head + block("OSMData", '\x3A', "\x28\xB5\x2F\xFD")});
    take({FileKind::osm, "lzma.osm.pbf", head + block("OSMData", '\x22', "\x5D")});
    take({FileKind::osm, "no data in a block.osm.pbf", head + block("OSMData", '\x1A', "")});
}

void make_maps(const TakeMadeFile &take) {
    make_odd_extracts(take);
    take({FileKind::osm, "empty.osm.pbf", ""});
    take({FileKind::osm, "zero bytes.osm.pbf", std::string(10'000, '\0')});
    take({FileKind::osm, "huge header.osm.pbf", std::string("\x7F\xFF\xFF\xFF\x0A\x09OSMHeader", 15)});
    take({FileKind::osm, "points.geojson", R"({"type":"FeatureCollection","features":[]})"});
    take({FileKind::city, "map given as city data.osm", "<osm version='0.6'><node id='1' lat='35' lon='139'/></osm>"});
    take({FileKind::osm, "off earth.opl", "n1 Tamenity=cafe x1000 y35.7\nn2 Tamenity=cafe x139.5 y95\nn3 Tamenity=cafe x139.5 y35.7\n"});
    take({FileKind::osm, "ids out of range.opl", "n99999999999999999999 Tamenity=cafe x139.5 y35.7\n"});
    take({FileKind::osm, "nothing mapped.opl", "n1 Tcolour=red x139.5 y35.7\n"});
}

/// Names of files that break lines, terminals, shells and messages.
void make_names(const TakeMadeFile &take) {
    const std::string table = "name,lat,lon\nstation,35.77,139.52\n";
    take({FileKind::city, "line\nbreak.csv", table});
    take({FileKind::city, "line\nbreak.geojson", "{"});
    take({FileKind::city, "\xF0\x9F\x8C\xB3\xF0\xA0\xAE\xB7.csv", table});
    take({FileKind::city, "\xF0\x9F\x8C\xB3.geojson", "[]"});
    take({FileKind::city, "not utf-8 \x90\xB4.csv", table});
    take({FileKind::city, "not utf-8 \x90\xB4.geojson", "[]"});
    take({FileKind::city, "--crs.csv", table});
    take({FileKind::city, "'; drop table keyaki_layers; --.csv", table});
    take({FileKind::city, "names of the table.csv", "lat,lon,\"line\nbreak\",\xF0\x9F\x8C\xB3,\"; drop table x\"\n35.7,139.5,1,2,3\n"});
    take({FileKind::osm, "not utf-8 \x90\xB4.osm.pbf", "nothing"});
}

} // namespace

void make_texts(const TakeMadeFile &take) {
    make_tables(take);
    make_json(take);
    make_xml(take);
    make_maps(take);
    make_names(take);
}

} // namespace keyaki::test
