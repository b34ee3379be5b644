#include "importers/geojson_survey.hpp"
#include "tests/importers/import_support.hpp"
#include "tests/support/temporary_folder.hpp"

#include <catch2/catch.hpp>

#include <algorithm>
#include <cstddef>
#include <optional>
#include <random>
#include <span>
#include <string>
#include <vector>

using namespace keyaki;
using namespace keyaki::importers;
using namespace keyaki::importers::test;
using keyaki::test::TemporaryFolder;

namespace {

std::string refusal_of_text(std::string_view text, std::string_view name = "a.geojson") {
    const TemporaryFolder folder;
    return refusal_of(folder.write(name, text));
}

ImportReport report_of(std::string_view text, std::string_view name = "a.geojson") {
    const TemporaryFolder folder;
    return import_file(folder.write(name, text)).report;
}

std::string feature(std::string_view geometry) { return R"({"type":"Feature","properties":{},"geometry":)" + std::string(geometry) + "}"; }

std::string collection(std::string_view features) { return R"({"type":"FeatureCollection","features":[)" + std::string(features) + "]}"; }

const std::string good = feature(R"({"type":"Point","coordinates":[139.5,35.7]})");

} // namespace

TEST_CASE("what lenient readers of JSON pass over is refused with line and column") {
    for (const char *text : {"{\"type\":\"Point\",\"coordinates\":[1,2],}", "{\"type\":\"Point\",\"coordinates\":[01,2]}",
                             "{\"type\":\"Point\",\"coordinates\":[NaN,2]}", "{\"type\":\"Point\",/* */\"coordinates\":[1,2]}",
                             "{\"type\":\"Point\",\"coordinates\":[1,2]} x", "{\"type\":\"Point\",\"coordinates\":[1,2]"}) {
        INFO(text);
        CHECK_THAT(refusal_of_text(text),
                   Catch::StartsWith("expected JSON (RFC 8259) in a.geojson, found ") && Catch::Contains(" at line 1, column "));
    }
    CHECK_THAT(refusal_of_text("{\n\"type\": \"Point\"\n,,}"), Catch::Contains("at line 3, column 2"));
    CHECK_THAT(refusal_of_text(R"({"type":"Point","coordinates":[1e999,2]})"), Catch::Contains("a number out of range"));
}

TEST_CASE("JSON that is no GeoJSON is refused with what it is") {
    CHECK(refusal_of_text("[1,2]") ==
          "expected a GeoJSON object (a FeatureCollection, Feature or geometry) in a.geojson, found an array at line 1, column 1");
    CHECK_THAT(refusal_of_text(R"({"type":"Topology","objects":{}})"), Catch::Contains("found an object of type \"Topology\""));
    CHECK_THAT(refusal_of_text("\"text\""), Catch::Contains("found text"));
    CHECK_THAT(refusal_of_text(R"({"features":[]})"), Catch::Contains("found an object without \"type\""));
    CHECK_THAT(refusal_of_text(R"({"type":"FeatureCollection","features":[],"features":[]})"), Catch::Contains("found \"features\" twice"));
    CHECK_THAT(refusal_of_text(std::string(100'000, '[')), Catch::Contains("found an array at line 1"));
    CHECK_THAT(refusal_of_text("{\"type\":\"FeatureCollection\",\"features\":[{\"properties\":" + std::string(100'000, '[')),
               Catch::Contains("at most 32 deep"));
}

TEST_CASE("a geometry that is not what it says refuses its row alone, with its place, and not its neighbours") {
    for (const auto &[geometry, reason] : {std::pair{R"({"type":"Point","coordinates":[139]})", "a position of one number"},
                                           {R"({"type":"Point","coordinates":["139",35]})", "text among the coordinates"},
                                           {R"({"type":"Polygon","coordinates":[[139,35],[140,35]]})", "inside of 3 arrays, found them inside of 2"},
                                           {R"({"type":"LineString","coordinates":[139,35]})", "inside of 2 arrays, found them inside of 1"},
                                           {R"({"type":"LineString","coordinates":[[139,35],[[140,35]]]})", "positions nested 2 deep and 3 deep"},
                                           {R"({"type":"MultiPoint","coordinates":[[],[139,35]]})", "an empty array inside"},
                                           {R"({"type":"Circle","coordinates":[139,35]})", "found \"Circle\""},
                                           {R"({"coordinates":[139,35]})", "one without \"type\""},
                                           {R"({"type":"Point"})", "expected \"coordinates\" in a Point, found none"},
                                           {R"([139,35])", "expected a geometry, found an array"}}) {
        INFO(geometry);
        const ImportReport report = report_of(collection(good + ",\n" + feature(geometry) + "," + good));
        CHECK(report.rows_read == 3);
        CHECK(report.accepted == 2);
        REQUIRE(report.refusals.size() == 1);
        CHECK(report.refusals[0].row == 2);
        CHECK_THAT(report.refusals[0].reason, Catch::Contains(reason) && Catch::Contains(" at line 2, column "));
    }
}

TEST_CASE("a member that stands twice, an id that is none and properties that are none refuse the row") {
    for (const char *row : {R"({"type":"Feature","properties":{"a":1,"a":2},"geometry":{"type":"Point","coordinates":[139,35]}})",
                            R"({"type":"Feature","id":{},"properties":{},"geometry":{"type":"Point","coordinates":[139,35]}})",
                            R"({"type":"Feature","properties":[],"geometry":{"type":"Point","coordinates":[139,35]}})",
                            R"({"type":"Feature","properties":{},"coordinates":[1,2],"geometry":{"type":"Point","coordinates":[139,35]}})"}) {
        INFO(row);
        const ImportReport report = report_of(collection(good + "," + row));
        CHECK(report.accepted == 1);
        CHECK(report.refused == 1);
    }
}

TEST_CASE("a member of features that is no feature refuses the file") {
    CHECK_THAT(refusal_of_text(collection(good + ",null")),
               Catch::Contains("expected a Feature as member 2 of \"features\" in a.geojson, found null"));
    CHECK_THAT(refusal_of_text(collection(good + R"(,{"type":"feature","properties":{},"geometry":null})")),
               Catch::Contains("found one of type \"feature\""));
}

TEST_CASE("numbers after the height are dropped and counted, and a bounding box that is none is a warning") {
    const ImportReport report =
        report_of(R"({"type":"FeatureCollection","bbox":[1,2,3],"features":[)" + feature(R"({"type":"Point","coordinates":[139,35,1,2]})") + "]}");
    CHECK(report.accepted == 1);
    CHECK(report.repaired.at("numbers after the height dropped") == 1);
    REQUIRE_FALSE(report.warnings.empty());
    CHECK_THAT(report.warnings.front(), Catch::Contains("\"bbox\" has 3 numbers"));
}

TEST_CASE("each record of a sequence is surveyed, and its place is that in the file") {
    const ImportReport report = report_of(good + "\n" + feature(R"({"type":"Point","coordinates":[1]})") + "\n" + good + "\n", "a.geojsonl");
    CHECK(report.rows_read == 3);
    REQUIRE(report.refusals.size() == 1);
    CHECK_THAT(report.refusals[0].reason, Catch::Contains("at line 2,"));
    CHECK_THAT(refusal_of_text(good + "\n{\"type\": nonsense}\n", "a.geojsonl"), Catch::Contains("at line 2, column 11"));
}

TEST_CASE("a short file that is not UTF-8 is refused too") {
    CHECK_THAT(refusal_of_text("{\"type\":\"Point\",\"coordinates\":[139.5,35.7],\"name\":\"\x90\xB4\x90\xA3\"}"),
               Catch::Contains("expected UTF-8 in a.geojson"));
}

namespace {

/// The bytes of a text, in chunks of a few.
class TextBytes final : public ByteSource {
  public:
    TextBytes(std::string text, std::size_t chunk_bytes) : m_text(std::move(text)), m_chunk_bytes(chunk_bytes) {}
    std::size_t read(std::span<char> buffer) override {
        const std::size_t count = std::min({buffer.size(), m_chunk_bytes, m_text.size() - m_at});
        std::copy_n(m_text.begin() + static_cast<std::ptrdiff_t>(m_at), count, buffer.begin());
        m_at += count;
        return count;
    }
    [[nodiscard]] std::uint64_t size_bytes() const override { return m_text.size(); }
    void rewind() override { m_at = 0; }

  private:
    std::string m_text;
    std::size_t m_chunk_bytes;
    std::size_t m_at = 0;
};

/// What the careful reading finds; nothing where it refuses.
std::optional<GeoJsonSurvey> careful_survey(const std::string &text, bool is_sequence) {
    TextBytes bytes(text, 64);
    try {
        return survey_carefully(bytes, is_sequence, "a.geojson");
    } catch (const geo::Error &) {
        return std::nullopt;
    }
}

/// Without `plain`, which the careful reading does not look for.
std::optional<GeoJsonSurvey> quick_survey(const std::string &text, bool is_sequence, std::size_t chunk_bytes) {
    TextBytes bytes(text, chunk_bytes);
    auto survey = survey_quickly(bytes, is_sequence, "a.geojson");
    if (survey) {
        survey->plain.reset();
    }
    return survey;
}

const std::vector<std::string> &plain_files() {
    static const std::vector<std::string> files{
        collection(good),
        " \n" + collection(good + " ,\t" + feature("null")) + "\r\n",
        collection(R"({"type":"Feature","id":7,"properties":{"a":[1,{"b":null}],"c":true,"d":false,"é":"駅\n\u99c5\/\"","e":-0.5e+10,"f":1E-7},)"
                   R"("geometry":{"type":"GeometryCollection","geometries":[{"type":"Point","coordinates":[-0,35.25,4,5]}]}})"),
        R"({"type":"MultiPolygon","coordinates":[[[[0,0],[1,0],[1,1],[0,0]]]],"bbox":[0,0,1,1]})",
        feature(R"({"type":"Polygon","coordinates":[]})"),
        R"({"type":"FeatureCollection","features":[]})"};
    return files;
}

} // namespace

TEST_CASE("the quick reading finds in plain files what the careful one finds, wherever chunks end") {
    for (const std::string &file : plain_files()) {
        INFO(file);
        const auto careful = careful_survey(file, false);
        REQUIRE(careful);
        for (const std::size_t chunk_bytes : {1U, 3U, 4096U}) {
            CHECK((quick_survey(file, false, chunk_bytes) == careful));
        }
    }
    const std::string sequence = "\x1E" + good + "\n\x1E" + good + "\n" + good;
    CHECK((quick_survey(sequence, true, 5) == careful_survey(sequence, true)));
    CHECK(quick_survey(sequence, true, 5)->rows == 3);
    CHECK(quick_survey(plain_files()[2], false, 64)->has_identifiers);
    CHECK_FALSE(quick_survey(plain_files()[0], false, 64)->has_identifiers);
}

TEST_CASE("the quick reading takes no file that the careful one refuses or finds problems in, however a file is damaged") {
    std::mt19937 random(20261126);
    const std::string letters = "{}[]\",:\\u0123456789eE+-.tfn \n\x01\xC3\xA9\xED\xA0/";
    std::size_t taken = 0;
    std::size_t different = 0;
    for (int round = 0; round < 6'000; ++round) {
        std::string file = plain_files()[random() % plain_files().size()];
        for (std::size_t changes = 1 + random() % 2; changes > 0; --changes) {
            const std::size_t at = random() % file.size();
            const std::string letter(1, letters[random() % letters.size()]);
            random() % 3 == 0 ? file.erase(at, 1) : file.replace(at, random() % 2, letter);
        }
        const bool is_sequence = random() % 4 == 0;
        if (const auto quick = quick_survey(file, is_sequence, 1 + random() % 100)) {
            ++taken;
            different += quick == careful_survey(file, is_sequence) && quick->problems.empty() ? 0U : 1U;
        }
    }
    CHECK(different == 0);
    CHECK(taken > 100);
}

TEST_CASE("what general parsers treat in ways of their own is left to the careful reading") {
    for (const char *text : {"\xEF\xBB\xBF{}",     R"({"a":"\ud83c\udf33"})",
                             R"({"a":1e999})",     R"({"a":"\x"})",
                             R"({"a":01})",        R"({"a":1.})",
                             R"({"a":.1})",        R"({"a":+1})",
                             R"({"a":"\u12g4"})",  "{\"a\":\"\xC0\xAF\"}",
                             "{\"a\":\"\x01\"}",   R"({"a":tru})",
                             R"({"a":nul)",        R"({"a" 1})",
                             R"({"a":"\ u0041"})", "{\"a\":\"\\\nu0041\"}",
                             R"({"a":1,})",        R"([1,2)",
                             R"({"a":")",          ""}) {
        INFO(text);
        CHECK_FALSE(quick_survey(R"({"type":"Feature","geometry":null,"properties":)" + std::string(text) + "}", false, 4096));
    }
}
