#include "importers/byte_source.hpp"
#include "importers/geojson_survey.hpp"
#include "importers/plain_geojson.hpp"
#include "tests/importers/import_support.hpp"
#include "tests/support/shared_data.hpp"
#include "tests/support/temporary_folder.hpp"

#include <catch2/catch.hpp>

#include <cmath>
#include <filesystem>
#include <random>
#include <string>
#include <vector>

using namespace keyaki;
using namespace keyaki::importers;
using namespace keyaki::importers::test;
using keyaki::test::TemporaryFolder;
using namespace std::string_literals;

namespace {

std::optional<std::vector<PlainField>> plain_fields(const std::filesystem::path &path, bool is_sequence = false) {
    const auto survey = survey_quickly(*open_bytes(path), is_sequence, "a.geojson");
    return survey ? survey->plain : std::nullopt;
}

std::optional<std::vector<PlainField>> plain_fields_of(const std::string &features) {
    const TemporaryFolder folder;
    return plain_fields(folder.write("a.geojson", R"({"type":"FeatureCollection","features":[)" + features + "]}"));
}

std::string feature_with(const std::string &properties, const std::string &geometry = R"({"type":"Point","coordinates":[139.5,35.7]})") {
    return R"({"type":"Feature","properties":)" + properties + R"(,"geometry":)" + geometry + "}";
}

/// What GDAL makes of the file: whoever names a layer is never read past it.
Imported by_gdal(const std::filesystem::path &path, ImportOptions options) {
    options.layer_in_file = "?";
    const std::string sentence = refusal_of(path, options); // "expected a layer "?" in a.geojson, found x"
    options.layer_in_file = sentence.substr(sentence.rfind(", found ") + 8);
    Imported imported = import_file(path, options);
    imported.report.layer_in_file.clear();
    return imported;
}

void check_both_ways(const std::filesystem::path &path, const ImportOptions &options = {}) {
    INFO(path);
    const Imported ours = import_file(path, options);
    const Imported gdals = by_gdal(path, options);
    CHECK((ours.report == gdals.report));
    CHECK(describe(ours.report) == describe(gdals.report));
    REQUIRE(ours.features.size() == gdals.features.size());
    for (std::size_t feature = 0; feature < ours.features.size(); ++feature) {
        INFO(feature);
        CHECK((ours.features[feature] == gdals.features[feature]));
    }
}

/// Features of random properties and geometries, most of them plain.
class RandomFile {
  public:
    RandomFile(unsigned seed, bool is_in_lines) : m_random(seed), m_oddity(chance(3) ? 0 : 1 + number(12)), m_space(is_in_lines ? " " : " \n") {
        for (unsigned field = 0; field < 1 + number(6); ++field) {
            m_kinds.push_back(number(5));
        }
    }

    std::string features(const std::string &separator) {
        std::string features;
        const unsigned count = 1 + number(8);
        for (unsigned feature = 0; feature < count; ++feature) {
            features += feature == 0 ? "" : separator;
            features += this->feature(feature);
        }
        return features;
    }

  private:
    unsigned number(unsigned end) { return static_cast<unsigned>(m_random() % end); }
    bool chance(unsigned of) { return number(of) == 0; }
    std::string space() { return chance(6) ? m_space : ""; }

    std::string value(unsigned kind) {
        if (chance(8)) {
            return "null";
        }
        // GDAL's reader of sequences takes texts for dates; of a list it is told not to.
        const std::string date = m_space == " " ? R"("26 Nov")" : R"("2026-11-26")";
        const std::vector<std::string> texts{R"("")", R"("清瀬")", date, R"("1")", R"("a\"\\\u00e9\nb")", R"("{\"x\":1}")"};
        static const std::vector<std::string> wholes{"0", "-7", "2147483648", "-9007199254740993", "999999999999999999", "-0"};
        static const std::vector<std::string> reals{"0.5", "-1.25e-7", "1E5", "3.0", "123456789.123456789", "5e-324"};
        switch (kind) {
        case 0: return texts[number(6)];
        case 1: return wholes[number(6)];
        case 2: return chance(3) ? wholes[number(6)] : reals[number(6)];
        case 3: return chance(2) ? "true" : "false";
        default: return "null";
        }
    }

    std::string properties(unsigned feature) {
        std::string members;
        for (unsigned field = 0; field < m_kinds.size(); ++field) {
            if (feature > 0 && chance(5)) {
                continue;
            }
            const std::string odd = m_oddity == 1 && chance(3) ? R"({"b":[1,2]})" : m_oddity == 2 && chance(3) ? R"([1,"x"])" : "";
            const unsigned kind = m_oddity == 3 && chance(4) ? number(5) : m_kinds[field];
            members += (members.empty() ? "" : ",") + space() + "\"" + (field == 2 ? "名称" : "f" + std::to_string(field)) + "\":" + space() +
                       (odd.empty() ? value(kind) : odd);
        }
        if (m_oddity == 4 && chance(3)) {
            members = R"("late":1)" + (members.empty() ? "" : "," + members);
        }
        return "{" + members + "}";
    }

    std::string position() {
        std::string text = "[" + std::to_string(139 + number(1000) / 999.0) + "," + std::to_string(35 + number(1000) / 999.0);
        if (m_oddity == 5 && chance(2)) {
            text += chance(5) ? ",1,2" : ",40.5";
        }
        return text + "]";
    }
    std::string line(unsigned least) {
        std::string text = position();
        for (unsigned at = 1; at < least + number(4); ++at) {
            text += "," + space() + position();
        }
        return "[" + text + "]";
    }
    std::string ring() {
        const std::string first = position();
        const std::string middle = position() + "," + position() + (chance(2) ? "," + position() : "");
        return "[" + first + "," + middle + (m_oddity == 6 && chance(3) ? "" : "," + first) + "]";
    }
    std::string polygon() { return "[" + ring() + (chance(4) ? "," + ring() : "") + "]"; }
    std::string geometry() {
        const auto of = [](const std::string &type, const std::string &coordinates) {
            return R"({"type":")" + type + R"(","coordinates":)" + coordinates + "}";
        };
        if (m_oddity == 7 && chance(3)) {
            return chance(2) ? "null" : of("Polygon", "[]");
        }
        if (m_oddity == 8 && chance(3)) {
            return R"({"type":"GeometryCollection","geometries":[)" + of("Point", position()) + "," + of("LineString", line(2)) + "]}";
        }
        switch (number(6)) {
        case 0: return of("Point", position());
        case 1: return of("LineString", line(m_oddity == 9 ? 1 : 2));
        case 2: return R"({"coordinates":)" + polygon() + R"(,"type":"Polygon"})";
        case 3: return of("MultiPoint", line(1));
        case 4: return of("MultiLineString", "[" + line(2) + "," + line(2) + "]");
        default: return of("MultiPolygon", "[" + polygon() + (chance(2) ? "," + polygon() : "") + "]");
        }
    }

    std::string feature(unsigned number) {
        std::string more = m_oddity == 10 ? R"("id":)" + std::to_string(number) + "," : "";
        more += m_oddity == 11 && chance(2) ? R"("title":"foreign",)" : "";
        more += m_oddity == 12 ? R"("bbox":[0,0,1,1],)" : "";
        return R"({"type":"Feature",)" + more + R"("properties":)" + properties(number) + "," + space() + R"("geometry":)" + geometry() + "}";
    }

    std::mt19937 m_random;
    unsigned m_oddity; ///< what of it is not plain, or looks so; 0: nothing
    std::string m_space;
    std::vector<unsigned> m_kinds;
};

} // namespace

TEST_CASE("plain GeoJSON is read as GDAL reads it, and so is what is nearly plain") {
    const TemporaryFolder folder;
    std::size_t plain = 0;
    std::size_t others = 0;
    for (unsigned seed = 0; seed < 600; ++seed) {
        INFO(seed);
        const bool is_sequence = seed % 4 == 0;
        RandomFile random(seed, is_sequence);
        const std::string text =
            is_sequence ? random.features("\n") + "\n" : R"({"type":"FeatureCollection","name":"x","features":[)" + random.features(",\n") + "]}";
        const auto path = folder.write(is_sequence ? "a.geojsonl" : "a.geojson", text);
        CAPTURE(text);
        check_both_ways(path);
        ++(plain_fields(path, is_sequence) ? plain : others);
    }
    CHECK(plain > 200);
    CHECK(others > 100);
}

TEST_CASE("a key, a CRS and a standard table mean in plain GeoJSON what they mean to GDAL") {
    const TemporaryFolder folder;
    const auto path = folder.write("a.geojson", R"({"type":"FeatureCollection","features":[)" +
                                                    feature_with(R"({"k":"a","n":1,"r":1.5,"b":true,"NO":"1","名称":"x"})") + "," +
                                                    feature_with(R"({"k":"a","n":2,"r":1e20,"b":false,"NO":"2","名称":"y"})") + "," +
                                                    feature_with(R"({"k":"","n":null,"r":0.1,"b":null,"NO":"2","名称":null})") + "]}");
    REQUIRE(plain_fields(
        folder.write("b.geojson", R"({"type":"FeatureCollection","features":[)" + feature_with(R"({"k":"a","n":1,"r":1.5,"b":true})") + "]}")));
    for (const char *key : {"k", "n", "r", "b"}) {
        ImportOptions options;
        options.key_column = key;
        check_both_ways(path, options);
    }
    ImportOptions missing;
    missing.key_column = "none";
    CHECK(refusal_of(path, missing) == "expected a column \"none\" as --key says, found the columns k, n, r, b, NO, 名称");
    ImportOptions tokyo;
    tokyo.crs = "EPSG:4301";
    check_both_ways(path, tokyo);
    const auto planar = folder.write("c.geojson", R"({"type":"FeatureCollection","features":[)" +
                                                      feature_with("{}", R"({"type":"Point","coordinates":[-12000.5,-34000.25]})") + "," +
                                                      feature_with("{}", R"({"type":"Point","coordinates":[1e9,1e9]})") + "]}");
    ImportOptions plane;
    plane.crs = "EPSG:6677";
    REQUIRE(plain_fields(planar));
    check_both_ways(planar, plane);
    check_both_ways(planar);
}

TEST_CASE("a whole number among others is no negative zero in plain GeoJSON either") {
    const TemporaryFolder folder;
    const auto path = folder.write("a.geojson", R"({"type":"FeatureCollection","features":[)" + feature_with(R"({"a":0.5})") + "," +
                                                    feature_with(R"({"a":-0})") + "," + feature_with(R"({"a":-0.0})") + "]}");
    REQUIRE(plain_fields(path));
    ImportOptions options;
    options.key_column = "a";
    check_both_ways(path, options);
    const Imported imported = import_file(path);
    REQUIRE(imported.features.size() == 3);
    CHECK_FALSE(std::signbit(imported.features[1].properties.number("a").value()));
}

TEST_CASE("coordinates and geometries in one geometry refuse the row") {
    const TemporaryFolder folder;
    for (const char *geometry : {R"({"type":"Point","coordinates":[[139,35],[140,36]],"geometries":[{"type":"Point","coordinates":[139,35]}]})",
                                 R"({"type":"GeometryCollection","coordinates":[1,2],"geometries":[{"type":"Point","coordinates":[139,35]}]})"}) {
        INFO(geometry);
        const auto path =
            folder.write("a.geojson", R"({"type":"FeatureCollection","features":[)" + feature_with("{}") + "," + feature_with("{}", geometry) + "]}");
        const ImportReport report = import_file(path).report;
        CHECK(report.accepted == 1);
        REQUIRE(report.refusals.size() == 1);
        CHECK_THAT(report.refusals[0].reason, Catch::Contains("expected no member"));
    }
}

TEST_CASE("what GDAL has rules for is not plain") {
    const std::string one = feature_with(R"({"a":1,"b":"x"})");
    CHECK((plain_fields_of(one + "," + feature_with(R"({"b":null})") + "," + feature_with(R"({"a":0.5})")) ==
           std::vector<PlainField>{{"a", PlainKind::real}, {"b", PlainKind::text}}));
    for (const std::string &other :
         {feature_with(R"({"a":"1"})"), feature_with(R"({"a":true})"), feature_with(R"({"b":"x","a":1})"), feature_with(R"({"c":1})"),
          feature_with(R"({"a":1234567890123456789})"), feature_with(R"({"b":"\u0000"})"), feature_with(R"({"a":[1]})"), feature_with(R"({"a":{}})"),
          feature_with("null"), feature_with("{}", "null"), feature_with("{}", R"({"type":"Polygon","coordinates":[]})"),
          feature_with("{}", R"({"type":"Point","coordinates":[1,2,3,4]})"), feature_with("{}", R"({"type":"GeometryCollection","geometries":[]})"),
          R"({"type":"Feature","id":1,"properties":{},"geometry":{"type":"Point","coordinates":[1,2]}})"s,
          R"({"type":"Feature","x":1,"properties":{},"geometry":{"type":"Point","coordinates":[1,2]}})"s}) {
        INFO(other);
        CHECK_FALSE(plain_fields_of(one + "," + other));
    }
    CHECK_FALSE(plain_fields_of(feature_with(R"({"Name":1,"name":2})")));
    CHECK_FALSE(plain_fields_of(feature_with(R"({"_id":1})")));
    CHECK_FALSE(plain_fields_of(""));
    CHECK_FALSE(plain_fields_of(feature_with("{}", R"({"Coordinates":[0,0],"type":"Point","coordinates":[1,2]})")));
    const TemporaryFolder folder;
    CHECK_FALSE(plain_fields(folder.write("crs.geojson", R"({"type":"FeatureCollection","crs":null,"features":[)" + one + "]}")));
    CHECK_FALSE(plain_fields(folder.write("Crs.geojson", R"({"type":"FeatureCollection","CRS":null,"features":[)" + one + "]}")));
    CHECK_FALSE(plain_fields(folder.write("one.geojson", one)));
}

TEST_CASE("a plain file that is another one when it is read for the second time is refused") {
    const TemporaryFolder folder;
    const auto path = folder.write("a.geojson", R"({"type":"FeatureCollection","features":[)" + feature_with(R"({"a":1})") + "]}");
    const auto fields = plain_fields(path);
    REQUIRE(fields);
    const std::string deep(100'000, '[');
    for (const std::string &other :
         {feature_with(R"({"c":1})"), feature_with(R"({"a":1.5})"), feature_with("{}", "null"), "5"s, "{"s, "{}"s,
          feature_with("{}", R"({"type":"Point","coordinates":[[1,2]]})"), feature_with("{}", R"({"coordinates":)" + deep), R"({"x":)" + deep}) {
        INFO(other);
        folder.write("a.geojson", R"({"type":"FeatureCollection","features":[)" + other + "]}");
        const auto bytes = open_bytes(path);
        PlainGeoJson file(*bytes, false, *fields);
        PlainFeature feature;
        CHECK_THROWS_AS(file.next(feature), DoubtfulJson);
    }
}

TEST_CASE("every GeoJSON file of the shared data is read alike in both ways") {
    KEYAKI_SHARED_DATA_OR_SKIP(data, "");
    std::size_t files = 0;
    for (const auto &entry : std::filesystem::recursive_directory_iterator(data)) {
        const std::string ending = entry.path().extension().string();
        if ((ending == ".geojson" || ending == ".geojsonl") && entry.file_size() < 5'000'000 && refusal_of(entry.path()).empty()) {
            ++files;
            check_both_ways(entry.path());
        }
    }
    CHECK(files > 3);
}
