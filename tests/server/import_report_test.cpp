// The report as table and page: nothing of a file can run in a spreadsheet or a browser.
#include "server/imports/report_csv.hpp"
#include "server/imports/report_html.hpp"

#include "server/html.hpp"
#include "server/report_json.hpp"

#include <catch2/catch.hpp>
#include <nlohmann/json.hpp>

using namespace keyaki;
using namespace keyaki::server;
using namespace keyaki::server::imports;

namespace {

ImportOutcome hostile_outcome() {
    ImportOutcome outcome;
    outcome.report.driver = "delimited text";
    outcome.report.encoding = {"CP932", "<script>alert(1)</script>", {"=cmd|' /C calc'!A0,\"x\""}};
    outcome.report.rows_read = 3;
    outcome.report.accepted = 2;
    outcome.report.refuse({4, "緯度", "=HYPERLINK(\"http://x\")", "expected a number as latitude, found \"=HYPERLINK\"", "no_position"});
    outcome.report.suspect({5, "", "<img src=x onerror=alert(1)>", "looks like mojibake", "mojibake"});
    outcome.report.columns.push_back({"名称\"><b>", "property", "text", "", "name"});
    outcome.changes = {3, 1, 2, 20};
    outcome.findings.is_compared = true;
    outcome.findings.moved.add({{"a", "@SUM(1)"}, 7, 130.04, {139.5, 35.7}, {139.501, 35.7}});
    outcome.findings.removed.add({"b", "閉校した学校"});
    return outcome;
}

} // namespace

TEST_CASE("a cell that a spreadsheet would run gets an apostrophe, and numbers stay numbers") {
    CHECK(csv_cell("=1+1") == "'=1+1");
    CHECK(csv_cell("+SUM(A1)") == "'+SUM(A1)");
    CHECK(csv_cell("@x") == "'@x");
    CHECK(csv_cell("-2+3") == "-2+3"); // digits and signs alone
    CHECK(csv_cell("-cmd") == "'-cmd");
    CHECK(csv_cell("\t=1") == "'\t=1");
    CHECK(csv_cell("  =1+A1") == "'  =1+A1");
    CHECK(csv_cell("＝1+A1") == "'＝1+A1");
    CHECK(csv_cell("-12.5") == "-12.5");
    CHECK(csv_cell("a,b") == "\"a,b\"");
    CHECK(csv_cell("say \"x\"") == "\"say \"\"x\"\"\"");
    CHECK(csv_cell("two\r\nlines") == "\"two\r\nlines\"");
    CHECK(csv_cell("") == "");
}

TEST_CASE("the report as CSV has a byte order mark, every list and no formula") {
    const std::string csv = report_csv(hostile_outcome());
    CHECK(csv.starts_with("\xEF\xBB\xBF区分 / List,行 / Row,"));
    CHECK_THAT(csv, Catch::Contains("\"'=HYPERLINK(\"\"http://x\"\")\""));
    CHECK_THAT(csv, Catch::Contains("移動した地物 / Moved features,7,,'@SUM(1),a,,,\"130.0 m: 139.500000, 35.700000 → 139.501000, 35.700000\""));
    CHECK_THAT(csv, Catch::Contains("なくなる地物 / Features that go,,,閉校した学校,b,"));
    CHECK_THAT(csv, Catch::Contains("文字化け,mojibake"));
    for (const std::string_view start : {"\r\n=", ",=", ",@", "\n=", ",\"="}) {
        CHECK(csv.find(start) == std::string::npos);
    }
}

TEST_CASE("the report as a page is Japanese first and holds nothing of the file but text") {
    const std::string page = report_html(hostile_outcome(), "shelters ← <b>.csv", true);
    CHECK(page.find("<script") == std::string::npos);
    CHECK(page.find("<img") == std::string::npos);
    CHECK(page.find("<b>.csv") == std::string::npos);
    CHECK_THAT(page, Catch::Contains("&lt;script&gt;alert(1)&lt;/script&gt;"));
    CHECK_THAT(page, Catch::Contains("名称&quot;&gt;&lt;b&gt;"));
    CHECK_THAT(page, Catch::Contains("<html lang=\"ja\">"));
    CHECK_THAT(page, Catch::Contains("<li><b>3</b>追加 <span lang=\"en\">Added</span></li>"));
    CHECK_THAT(page, Catch::Contains("下書きは変えていません"));
    CHECK(html_text("a & 'b' \"c\" <d>") == "a &amp; &#39;b&#39; &quot;c&quot; &lt;d&gt;");
}

TEST_CASE("the report as JSON has counts, lists and codes") {
    const nlohmann::ordered_json json = outcome_json(hostile_outcome());
    CHECK(json["changes"] == nlohmann::ordered_json{{"added", 3}, {"changed", 1}, {"removed", 2}, {"unchanged", 20}, {"moved", 1}});
    CHECK(json["moved"]["features"][0]["distance_m"] == 130.0);
    CHECK(json["removed"]["count"] == 1);
    CHECK(json["refusals"][0]["kind"] == "no_position");
    CHECK(json["suspected"]["mojibake"] == 1);
    CHECK(json["columns"][0]["property"] == "name");
    CHECK(json["conflicts"]["rule"] == "draft");
    CHECK(json["preset"].is_null());
}

TEST_CASE("lists keep a thousand entries and count all") {
    Listing<NamedFeature> listing;
    for (int i = 0; i < 1500; ++i) {
        listing.add({std::to_string(i), ""});
    }
    CHECK(listing.entries().size() == max_listed);
    CHECK(listing.count() == 1500);
}
