// Forms with files, as browsers and curl send them, and as nobody should.
#include "server/imports/multipart.hpp"
#include "server/imports/upload_folder.hpp"

#include "geo/error.hpp"
#include "server/imports/limits.hpp"

#include <catch2/catch.hpp>

#include <vector>

using namespace keyaki;
using namespace keyaki::server::imports;

namespace {

struct ReadPart {
    FormPart head;
    std::string bytes;
    bool has_ended = false;
};

std::vector<ReadPart> read_form(std::string_view form, std::size_t piece = 1000, std::string_view boundary = "b") {
    std::vector<ReadPart> parts;
    MultipartReader reader(boundary, {[&](FormPart &&part) {
                                          parts.push_back({std::move(part), "", false});
                                      },
                                      [&](std::string_view bytes) { parts.back().bytes += bytes; }, [&] { parts.back().has_ended = true; }});
    for (; !form.empty(); form.remove_prefix(std::min(piece, form.size()))) {
        reader.feed(form.substr(0, piece));
    }
    reader.finish();
    return parts;
}

std::string refusal_of(std::string_view form, std::string_view boundary = "b") {
    std::string whole;
    for (const std::size_t piece : {1U, 7U, 100'000U}) { // the same sentence however it is cut
        try {
            read_form(form, piece, boundary);
            return "";
        } catch (const geo::Error &error) {
            CHECK((whole.empty() || whole == error.what()));
            whole = error.what();
        }
    }
    return whole;
}

const std::string field_head = "Content-Disposition: form-data; name=\"crs\"\r\n\r\n";
const std::string file_head = "Content-Disposition: form-data; name=\"file\"; filename=\"a.csv\"\r\nContent-Type: text/csv\r\n\r\n";

} // namespace

TEST_CASE("a form's fields and its file come out as they went in, however it is cut") {
    const std::string content = std::string("name,lat\n--b is no delimiter\r\n-- b\r\n\r\n--") + '\0' + '\xFF';
    const std::string form = "a sentence for old mail programs\r\n--b\r\n" + field_head + "EPSG:6677\r\n--b \t\r\n" + file_head + content +
                             "\r\n--b\r\n" + field_head + "\r\n--b--\r\nwhatever follows";
    for (const std::size_t piece : {1U, 2U, 3U, 5U, 64U, 1000U}) {
        CAPTURE(piece);
        const auto parts = read_form(form, piece);
        REQUIRE(parts.size() == 3);
        CHECK(parts[0].head.name == "crs");
        CHECK_FALSE(parts[0].head.file_name);
        CHECK(parts[0].bytes == "EPSG:6677");
        CHECK(parts[1].head.file_name == "a.csv");
        CHECK(parts[1].head.content_type == "text/csv");
        CHECK(parts[1].bytes == content);
        CHECK(parts[2].bytes.empty());
        CHECK(parts[2].has_ended);
    }
}

TEST_CASE("forms that are not whole or not unambiguous are refused with a sentence") {
    CHECK_THAT(refusal_of(""), Catch::Contains("expected its closing delimiter"));
    CHECK_THAT(refusal_of("--b\r\n" + field_head + "EPSG"), Catch::Contains("expected its closing delimiter"));
    CHECK_THAT(refusal_of("--b\r\n" + field_head + "EPSG\r\n--b"), Catch::Contains("expected its closing delimiter"));
    CHECK_THAT(refusal_of(std::string(5000, 'x')), Catch::Contains("expected the first part within 1024 bytes"));
    CHECK_THAT(refusal_of("--b\r\n" + field_head + "a\r\n--bc\r\n"), Catch::Contains("expected nothing behind a delimiter"));
    CHECK_THAT(refusal_of("--b" + std::string(1000, ' ')), Catch::Contains("blanks without end"));
    CHECK_THAT(refusal_of("--b\r\n\r\nno head\r\n--b--"), Catch::Contains("Content-Disposition: form-data with a name"));
    CHECK_THAT(refusal_of("--b\r\nContent-Type: text/csv\r\n\r\nx\r\n--b--"), Catch::Contains("Content-Disposition: form-data with a name"));
    CHECK_THAT(refusal_of("--b\r\nContent-Disposition: attachment; name=a\r\n\r\nx\r\n--b--"), Catch::Contains("form-data"));
    CHECK_THAT(refusal_of("--b\r\nContent-Disposition: form-data; name=a\r\n folded\r\n\r\nx\r\n--b--"), Catch::Contains("a header with a colon"));
    CHECK_THAT(refusal_of("--b\r\nA: " + std::string(10'000, 'x')), Catch::Contains("expected a part's head of at most 8192 bytes"));
    std::string many;
    for (std::size_t i = 0; i <= max_form_parts; ++i) {
        many += "\r\n--b\r\n" + field_head + "x";
    }
    CHECK_THAT(refusal_of(many), Catch::Contains("at most 32 parts"));
    for (const std::string &boundary : {std::string(), std::string(71, 'a'), std::string("a\r\nb"), std::string("ends with ")}) {
        CHECK_THAT(refusal_of("--b--", boundary), Catch::Contains("expected a boundary"));
    }
}

TEST_CASE("names are read as browsers, curl and RFC 8187 write them") {
    CHECK(header_parameter("form-data; name=\"a\"; filename=\"x;y.csv\"", "filename") == "x;y.csv");
    CHECK(header_parameter("form-data; name=a; filename=\"with \\\"quotes\\\".csv\"", "filename") == "with \"quotes\".csv");
    CHECK(header_parameter("attachment; filename=\"a.csv\"; filename*=UTF-8''%E9%81%BF%E9%9B%A3.csv", "filename") == "避難.csv");
    CHECK(header_parameter("attachment; filename*=utf-8'ja'%E9%81%BF.csv; filename=a.csv", "filename") == "避.csv");
    CHECK(header_parameter("attachment; FILENAME = a.csv", "filename") == "a.csv");
    CHECK_FALSE(header_parameter("attachment; filename=\"never ends", "filename"));
    CHECK_FALSE(header_parameter("attachment", "filename"));
    CHECK_FALSE(header_parameter("attachment;;; =; ", "filename"));
    CHECK(form_boundary("multipart/form-data; boundary=\"a b\"") == "a b");
    CHECK(form_boundary("Multipart/Form-Data; charset=x; boundary=----WebKit") == "----WebKit");
    CHECK(form_boundary("multipart/form-data") == "");
    CHECK_FALSE(form_boundary("text/csv"));
}

TEST_CASE("a client's file name becomes one of ours") {
    CHECK(safe_file_name("避難場所.csv", "") == "避難場所.csv");
    CHECK(safe_file_name("../../etc/passwd", "") == "passwd");
    CHECK(safe_file_name("C:\\Users\\me\\list.xlsx", "") == "list.xlsx");
    CHECK(safe_file_name("..", "text/csv") == "upload.csv");
    CHECK(safe_file_name("", "application/geo+json; charset=utf-8") == "upload.geojson");
    CHECK(safe_file_name("", "application/x-unknown") == "upload");
    CHECK(safe_file_name(std::string("a\0b\r\n.csv", 9), "") == "ab.csv");
    CHECK(safe_file_name(".hidden.csv", "") == "hidden.csv");
    CHECK(safe_file_name("\x90\xB4.csv", "").ends_with(".csv"));
    const std::string long_name = safe_file_name(std::string(300, 'a') + "避.csv", "");
    CHECK(long_name.size() <= max_file_name_bytes);
    CHECK(long_name.ends_with(".csv"));
}
