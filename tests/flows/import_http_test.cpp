// Staff bring this year's list: over HTTP, from a form or as it is, with a report before anything is public.
#include "tests/support/http_client.hpp"
#include "tests/support/live_server.hpp"
#include "tests/support/temporary_folder.hpp"

#include <catch2/catch.hpp>
#include <nlohmann/json.hpp>

#include <algorithm>
#include <chrono>
#include <iconv.h>
#include <thread>

using namespace keyaki;
using nlohmann::json;
using test::HttpAnswer;
using test::HttpClient;

namespace {

const std::string header = "名称,名称_カナ,緯度,経度,災害種別_洪水,災害種別_崖崩れ、土石流及び地滑り,災害種別_高潮,災害種別_地震,備考\n";

std::string in_cp932(std::string text) {
    iconv_t converter = iconv_open("CP932", "UTF-8");
    std::string out(text.size() * 2, '\0');
    char *from = text.data();
    char *to = out.data();
    std::size_t from_left = text.size();
    std::size_t to_left = out.size();
    REQUIRE(iconv(converter, &from, &from_left, &to, &to_left) == 0);
    iconv_close(converter);
    out.resize(out.size() - to_left);
    return out;
}

std::string row(const std::string &name, double lat, double lon, const std::string &flood = "1", const std::string &note = "") {
    return name + ",," + std::to_string(lat) + "," + std::to_string(lon) + "," + flood + ",,,1," + note + "\n";
}

/// Last year's list: twenty schools and parks.
std::string last_year() {
    std::string text = header;
    for (int i = 0; i < 20; ++i) {
        text += row("第" + std::to_string(i + 1) + "避難場所", 35.78 + i * 0.001, 139.52 + i * 0.001);
    }
    return text;
}

/// This year's: two closed, three new, one moved 130 m to the east, names written in another way, no ids anywhere.
std::string this_year() {
    std::string text = header;
    for (int i = 2; i < 20; ++i) {
        const double moved_deg = i == 5 ? 0.0014379 : 0;
        text += row((i % 2 == 0 ? "清瀬市立第" : "第") + std::to_string(i + 1) + " 避難場所", 35.78 + i * 0.001, 139.52 + i * 0.001 + moved_deg);
    }
    return text + row("新しい公園", 35.775, 139.515) + row("新しい学校", 35.776, 139.516) + row("新しい広場", 35.777, 139.517, "△");
}

/// A city whose shelters are last year's list, published, and a server in front of it.
struct City {
    test::TemporaryFolder folder;
    std::filesystem::path database = folder / "city.sqlite";
    std::string key;
    std::string reader_key;
    std::unique_ptr<test::LiveServer> server;

    City() {
        run({"import", "layer", "shelters", folder.write("last.csv", last_year()).string(), "--publish"});
        key = json::parse(run({"key", "create", "--name", "staff", "--scopes", "layers:write", "--json"}).out)["key"].get<std::string>();
        reader_key = json::parse(run({"key", "create", "--name", "app", "--scopes", "checkins:write", "--json"}).out)["key"].get<std::string>();
        server = std::make_unique<test::LiveServer>(database);
    }
    test::CommandResult run(std::vector<std::string> words) const {
        words.insert(words.end(), {"--database", database.string()});
        test::CommandResult result = test::run_keyaki(std::move(words));
        CAPTURE(result.error);
        REQUIRE(result.status == 0);
        return result;
    }
    json show() const { return json::parse(run({"layer", "show", "shelters", "--json"}).out); }
    /// Edits made by hand are told from imports by what the database notes of imports.
    void forget_that_the_draft_is_an_import() const {
        REQUIRE(test::run({"sqlite3", database.string(), "DELETE FROM keyaki_draft_imports"}).status == 0);
    }
};

const HttpClient::Headers as_csv{"Content-Type: text/csv", "Content-Disposition: attachment; filename*=UTF-8''%E9%81%BF%E9%9B%A3.csv"};

json wait_for_job(HttpClient &client, const std::string &place) {
    for (int tries = 0; tries < 600; ++tries) {
        const json job = json::parse(client.get(place).body);
        if (job["state"] != "waiting" && job["state"] != "running") {
            return job;
        }
        std::this_thread::sleep_for(std::chrono::milliseconds(50)); // between two questions, as a client asks
    }
    return {};
}

} // namespace

TEST_CASE("this year's list in CP932 over last year's: the report first, the same as a dry run's, and ids survive") {
    const City city;
    HttpClient client(city.server->address(), city.key);
    const std::string file = in_cp932(this_year());
    const HttpAnswer tried = client.post("/collections/shelters/imports?dry-run=true", file, as_csv);
    CAPTURE(tried.body);
    REQUIRE(tried.status == 200);
    CHECK(tried.header("cache-control") == "private, no-store");
    const json report = json::parse(tried.body);
    CHECK(report["file"] == "避難.csv");
    CHECK(report["dry_run"] == true);
    CHECK(report["encoding"]["name"] == "CP932");
    CHECK(report["encoding"]["sample"].size() == 3);
    CHECK(report["preset"]["id"] == "evacuation_space");
    CHECK(report["changes"]["added"] == 3);
    CHECK(report["changes"]["removed"] == 2);
    CHECK(report["changes"]["moved"] == 1);
    CHECK(report["moved"]["features"][0]["distance_m"].get<double>() == Approx(130).margin(0.5));
    CHECK(report["matched"]["by_name_and_place"] == 18);
    CHECK(report["suspected"]["unknown_value"] == 1);
    CHECK(city.show()["has_draft"] == false);

    const json taken = json::parse(client.post("/collections/shelters/imports", file, as_csv).body);
    CHECK(taken["changes"] == report["changes"]);
    CHECK(city.show()["has_draft"] == true);
    const std::string diff = city.run({"layer", "diff", "shelters"}).out;
    CHECK_THAT(diff, Catch::StartsWith("3 added, "));
    CHECK_THAT(diff, Catch::Contains(" 2 removed"));
    // Nothing is public yet, and once it is the moved shelter has the id that it had.
    const json before = json::parse(client.get("/collections/shelters/items?limit=100").body);
    CHECK(before["numberMatched"] == 20);
    city.run({"layer", "publish", "shelters"});
    const std::string moved_id = report["moved"]["features"][0]["id"];
    const json after = json::parse(client.get("/collections/shelters@2/items/" + moved_id).body);
    CHECK(after["properties"]["name"] == "第6 避難場所");
    // The same list again changes nothing.
    const json again = json::parse(client.post("/collections/shelters/imports", file, as_csv).body);
    CHECK(again["changes"]["unchanged"] == 21);
    CHECK(again["changes"]["added"] == 0);
    CHECK(city.show()["has_draft"] == false);
}

TEST_CASE("a form brings file and parameters; the report comes as table or page too") {
    const City city;
    HttpClient client(city.server->address(), city.key);
    const std::string form = "--x\r\nContent-Disposition: form-data; name=\"mode\"\r\n\r\nmerge\r\n"
                             "--x\r\nContent-Disposition: form-data; name=\"encoding\"\r\n\r\n\r\n"
                             "--x\r\nContent-Disposition: form-data; name=\"file\"; filename=\"new.csv\"\r\nContent-Type: text/csv\r\n\r\n" +
                             header + row("新しい公園", 35.775, 139.515) + row("=1+1", 35.776, 139.516, "1", "<script>") + "\r\n--x--\r\n";
    const HttpClient::Headers as_form{"Content-Type: multipart/form-data; boundary=x"};
    const HttpAnswer page = client.post("/collections/shelters/imports?f=html&dry-run=true", form, as_form);
    REQUIRE(page.status == 200);
    CHECK_THAT(std::string(page.header("content-type")), Catch::StartsWith("text/html"));
    CHECK_THAT(std::string(page.header("content-security-policy")), Catch::Contains("default-src 'none'"));
    CHECK(page.body.find("<script>") == std::string::npos);
    const HttpAnswer table = client.post("/collections/shelters/imports?dry-run=true", form, {as_form[0], "Accept: text/csv"});
    CHECK_THAT(std::string(table.header("content-type")), Catch::StartsWith("text/csv"));
    CHECK(table.body.starts_with("\xEF\xBB\xBF"));
    const HttpAnswer merged = client.post("/collections/shelters/imports", form, as_form);
    REQUIRE(merged.status == 200);
    CHECK(json::parse(merged.body)["changes"]["added"] == 2);
    CHECK(json::parse(merged.body)["changes"]["removed"] == 0);
}

TEST_CASE("an edit of the draft that the file does not touch stays, and one that it does is told and decided by the rule") {
    const City city;
    HttpClient client(city.server->address(), city.key);
    json items = json::parse(client.get("/collections/shelters/items?limit=100").body)["features"];
    const auto named = [&](const std::string &name) {
        return *std::find_if(items.begin(), items.end(), [&](const json &item) { return item["properties"]["name"] == name; });
    };
    json kept = named("第10避難場所");
    kept["properties"]["note"] = "玄関は南側";
    json disputed = named("第11避難場所");
    disputed["properties"]["note"] = "工事中";
    const json edits{{"type", "FeatureCollection"}, {"features", {kept, disputed}}};
    city.run({"import", "layer", "shelters", city.folder.write("edits.geojson", edits.dump()).string(), "--merge"});
    city.forget_that_the_draft_is_an_import();

    std::string file = last_year();
    const std::string line = row("第11避難場所", 35.79, 139.53);
    file.replace(file.find(line), line.size(), row("第11避難場所", 35.79, 139.53, "1", "閉鎖"));
    const HttpAnswer refused = client.post("/collections/shelters/imports?conflicts=refuse", file, as_csv);
    CHECK(refused.status == 409);
    CHECK_THAT(refused.body, Catch::Contains("1 features were edited in the draft of shelters and changed by"));
    CHECK(json::parse(refused.body)["report"]["conflicts"]["count"] == 1);

    const json by_file = json::parse(client.post("/collections/shelters/imports?conflicts=file&dry-run=true", file, as_csv).body);
    CHECK(by_file["conflicts"]["features"][0]["taken"] == "file");
    const HttpAnswer answer = client.post("/collections/shelters/imports", file, as_csv);
    CAPTURE(answer.body);
    REQUIRE(answer.status == 200);
    const json report = json::parse(answer.body);
    CHECK(report["kept_edits"]["count"] == 1);
    CHECK(report["kept_edits"]["features"][0]["id"] == kept["id"]);
    CHECK(report["conflicts"]["count"] == 1);
    CHECK(report["conflicts"]["rule"] == "draft");
    CHECK(report["changes"]["changed"] == 2);
    const std::string diff = city.run({"layer", "diff", "shelters", "--json"}).out;
    CHECK_THAT(diff, Catch::Contains("玄関は南側"));
    CHECK_THAT(diff, Catch::Contains("工事中"));
    CHECK(diff.find("閉鎖") == std::string::npos);
    // An edit outlives the next import as well.
    CHECK(json::parse(client.post("/collections/shelters/imports", file, as_csv).body)["kept_edits"]["count"] == 1);
}

TEST_CASE("a wrong list in the draft is put right by the next one: what an import brought is nobody's edit") {
    const City city;
    HttpClient client(city.server->address(), city.key);
    REQUIRE(client.post("/collections/shelters/imports", this_year(), as_csv).status == 200);
    const json report = json::parse(client.post("/collections/shelters/imports", last_year(), as_csv).body);
    CHECK(report["changes"]["unchanged"] == 20);
    CHECK(report["kept_edits"]["count"] == 0);
    CHECK(city.show()["has_draft"] == false);
}

TEST_CASE("a shelter whose row cannot be taken stays as it is published: only a list that leaves it out closes it") {
    const City city;
    HttpClient client(city.server->address(), city.key);
    const auto place_of = [&](const std::string &name, const std::string &layer = "shelters@1") {
        const json all = json::parse(client.get("/collections/" + layer + "/items?limit=100").body);
        for (const json &feature : all["features"]) {
            if (feature["properties"]["name"] == name) {
                return feature["geometry"]["coordinates"];
            }
        }
        return json();
    };
    const json before = place_of("第4避難場所");
    std::string file = header;
    for (int i = 1; i < 20; ++i) { // the first is closed; positions of three are no positions
        const std::string name = "第" + std::to_string(i + 1) + "避難場所";
        if (i == 3) {
            file += "清瀬市立第４避難場所,,,,1,,,1,\n";
        } else if (i == 4) {
            file += row(name, 139.52, 35.78);
        } else if (i == 5) {
            file += name + ",,35.785,139.525,1,,,1,,one cell too many\n";
        } else {
            file += row(name, 35.78 + i * 0.001, 139.52 + i * 0.001);
        }
    }
    file += "どこにもない避難場所,,,,1,,,1,\n,,,,1,,,1,\n";
    const json tried = json::parse(client.post("/collections/shelters/imports?dry-run=true", file, as_csv).body);
    const json report = json::parse(client.post("/collections/shelters/imports", file, as_csv).body);
    CAPTURE(report.dump(2));
    CHECK(report["refused"] == 5);
    CHECK(report["changes"] == tried["changes"]);
    CHECK(report["changes"]["removed"] == 1);
    CHECK(report["changes"]["unchanged"] == 19);
    CHECK(report["removed"]["features"][0]["name"] == "第1避難場所");
    REQUIRE(report["kept"]["count"] == 3);
    CHECK(report["kept"]["features"][0]["name"] == "第4避難場所");
    CHECK(report["kept"]["features"][0]["row"] == 4);
    CHECK_THAT(report["warnings"].dump(), Catch::Contains("2 refused rows, the first is row 21, have no id or name of a published feature"));
    const HttpAnswer table = client.post("/collections/shelters/imports?dry-run=true&f=csv", file, as_csv);
    CHECK_THAT(table.body, Catch::Contains("stay because their rows were refused,4,"));
    city.run({"layer", "publish", "shelters"});
    CHECK(place_of("第4避難場所", "shelters@2") == before);
    CHECK(json::parse(client.get("/collections/shelters@2/items?limit=100").body)["numberMatched"] == 19);
}

TEST_CASE("an edit of the draft stays where the file's row of that feature was refused") {
    const City city;
    HttpClient client(city.server->address(), city.key);
    const json all = json::parse(client.get("/collections/shelters/items?limit=100").body);
    json edited;
    for (const json &feature : all["features"]) {
        if (feature["properties"]["name"] == "第4避難場所") {
            edited = feature;
        }
    }
    edited["properties"]["note"] = "体育館は工事中";
    const std::string item = "/collections/shelters@draft/items/" + edited["id"].get<std::string>();
    const HttpAnswer put = client.send("PUT", item, edited.dump(), {"Content-Type: application/geo+json"});
    CAPTURE(put.body);
    REQUIRE(put.status < 300);
    std::string file = header;
    for (int i = 0; i < 20; ++i) {
        const std::string name = "第" + std::to_string(i + 1) + "避難場所";
        file += i == 3 ? name + ",,,,1,,,1,\n" : row(name, 35.78 + i * 0.001, 139.52 + i * 0.001);
    }
    const json report = json::parse(client.post("/collections/shelters/imports", file, as_csv).body);
    CAPTURE(report.dump(2));
    CHECK(report["kept"]["count"] == 1);
    CHECK(report["kept_edits"]["count"] == 1);
    CHECK(report["changes"]["removed"] == 0);
    CHECK(json::parse(client.get(item).body)["properties"]["note"] == "体育館は工事中");
}

TEST_CASE("a row that the layer's schema refuses closes nothing") {
    const City city;
    HttpClient client(city.server->address(), city.key);
    const HttpAnswer declared = client.send("PATCH", "/collections/shelters",
                                            R"({"properties": [{"name": "note", "type": "text", "max_length": 5}], "other_properties": true})",
                                            {"Content-Type: application/merge-patch+json"});
    CAPTURE(declared.body);
    REQUIRE(declared.status < 300);
    std::string file = header;
    for (int i = 0; i < 20; ++i) {
        file += row("第" + std::to_string(i + 1) + "避難場所", 35.78 + i * 0.001, 139.52 + i * 0.001, "1", i == 3 ? "長すぎる備考です" : "");
    }
    const json report = json::parse(client.post("/collections/shelters/imports", file, as_csv).body);
    CAPTURE(report.dump(2));
    CHECK(report["refused"] == 1);
    CHECK(report["refusals"][0]["kind"] == "schema");
    CHECK(report["changes"]["removed"] == 0);
    CHECK(report["kept"]["features"][0]["name"] == "第4避難場所");
}

TEST_CASE("a layer that refuses invalid geometries refuses them in imports too, and one that repairs says what it mended") {
    const City city;
    HttpClient client(city.server->address(), city.key);
    const std::string bow_tie = R"({"type":"FeatureCollection","features":[{"type":"Feature","id":"bow","properties":{"name":"蝶"},"geometry":
        {"type":"Polygon","coordinates":[[[139.50,35.78],[139.51,35.79],[139.51,35.78],[139.50,35.79],[139.50,35.78]]]}},
        {"type":"Feature","id":"square","properties":{"name":"四角"},"geometry":
        {"type":"Polygon","coordinates":[[[139.50,35.78],[139.50,35.79],[139.51,35.79],[139.51,35.78],[139.50,35.78]]]}}]})";
    const HttpClient::Headers json_type{"Content-Type: application/json"};
    const HttpClient::Headers geojson{"Content-Type: application/geo+json"};
    REQUIRE(client.post("/collections", R"({"id":"strict","invalid_geometry":"refuse"})", json_type).status == 201);
    REQUIRE(client.post("/collections", R"({"id":"mild"})", json_type).status == 201);
    const json strict = json::parse(client.post("/collections/strict/imports", bow_tie, geojson).body);
    CAPTURE(strict.dump(2));
    CHECK(strict["accepted"] == 1); // wound the other way round is not invalid
    CHECK(strict["refusals"][0]["kind"] == "invalid_geometry");
    CHECK_THAT(strict["refusals"][0]["reason"].get<std::string>(), Catch::Contains("Self-intersection at 139.505 35.785"));
    const json mild = json::parse(client.post("/collections/mild/imports", bow_tie, geojson).body);
    CHECK(mild["accepted"] == 2);
    CHECK(mild["repaired"]["self_intersection"] == 1);
}

TEST_CASE("a long import is a job with progress and a report, and can be asked for and forgotten") {
    const City city;
    HttpClient client(city.server->address(), city.key);
    const HttpAnswer accepted = client.post("/collections/shelters/imports", this_year(), {as_csv[0], as_csv[1], "Prefer: respond-async"});
    REQUIRE(accepted.status == 202);
    const std::string place(accepted.header("location"));
    CHECK_THAT(place, Catch::StartsWith("/jobs/"));
    CHECK(HttpClient(city.server->address()).get(place).status == 401);
    CHECK(HttpClient(city.server->address(), city.reader_key).get(place).status == 403);
    const json job = wait_for_job(client, place);
    REQUIRE(job["state"] == "finished");
    CHECK(job["report"]["changes"]["added"] == 3);
    CHECK(job["progress"]["unit"] == "bytes");
    CHECK(client.get(place + "?f=csv").body.starts_with("\xEF\xBB\xBF"));
    CHECK(client.get(place + "?f=html").status == 200);
    CHECK(client.delete_(place).status == 204);
    CHECK(client.get(place).status == 404);
}

TEST_CASE("a cancelled import ends its child at once and leaves the draft as it was") {
    const City city;
    HttpClient client(city.server->address(), city.key);
    std::string large = header;
    for (int i = 0; i < 400'000; ++i) {
        large += "場所" + std::to_string(i) + ",,35.78,139.52,1,,,1,\n";
    }
    const HttpAnswer accepted = client.post("/collections/shelters/imports", large, {as_csv[0], as_csv[1], "Prefer: respond-async"});
    REQUIRE(accepted.status == 202);
    const std::string place(accepted.header("location"));
    const HttpAnswer cancelled = client.delete_(place);
    CHECK(cancelled.status == 200);
    CHECK(json::parse(cancelled.body)["state"] == "cancelled");
    CHECK(client.get(place + "?f=csv").status == 409);
    CHECK(city.show()["has_draft"] == false);
    CHECK(client.post("/collections/shelters/imports", this_year(), as_csv).status == 200); // the layer is free again
    CHECK(city.run({"check"}).status == 0);
}

TEST_CASE("what cannot be taken is answered with a sentence, and nothing changes") {
    const City city;
    HttpClient client(city.server->address(), city.key);
    const json before = city.show();
    const auto status = [&](const std::string &path, const std::string &body, const HttpClient::Headers &headers = as_csv) {
        const HttpAnswer answer = client.post(path, body, headers);
        CAPTURE(path, answer.body);
        CHECK(answer.header("content-type") == "application/problem+json");
        CHECK(answer.body.find(city.folder.path().string()) == std::string::npos);
        CHECK(answer.body.find("keyaki-uploads") == std::string::npos);
        return answer.status;
    };
    CHECK(status("/collections/nothing/imports", last_year()) == 404);
    CHECK(status("/collections/Not%20a%20layer/imports", last_year()) == 404);
    CHECK(status("/collections/shelters/imports", "") == 400);
    CHECK(status("/collections/shelters/imports?match=best", last_year()) == 400);
    CHECK(status("/collections/shelters/imports?colour=red", last_year()) == 400);
    CHECK(status("/collections/shelters/imports?match-radius=nan", last_year()) == 400);
    CHECK(status("/collections/shelters/imports?f=pdf", last_year()) == 400);
    CHECK(status("/collections/shelters/imports?dry-run=true&dry-run=false", last_year()) == 400);
    CHECK(status("/collections/shelters/imports?crs=EPSG:1", last_year()) == 422);
    CHECK(status("/collections/shelters/imports?encoding=klingon", last_year()) == 422);
    CHECK(status("/collections/shelters/imports?key=none", last_year()) == 422);
    CHECK(status("/collections/shelters/imports?preset=shelter", last_year()) == 422);
    CHECK(status("/collections/shelters/imports", "%PDF-1.7") == 422);
    CHECK(status("/collections/shelters/imports", "x", {"Content-Type: multipart/form-data; boundary=x"}) == 400);
    CHECK(status("/collections/shelters/imports", "x", {"Content-Type: multipart/form-data"}) == 400);
    const std::string not_utf8 = "--x\r\nContent-Disposition: form-data; name=\"message\"\r\n\r\n\x8d\xa1\x94\x4e\r\n--x\r\n"
                                 "Content-Disposition: form-data; name=\"file\"; filename=\"a.csv\"\r\n\r\n" +
                                 last_year() + "\r\n--x--\r\n";
    CHECK(status("/collections/shelters/imports", not_utf8, {"Content-Type: multipart/form-data; boundary=x"}) == 400);
    const HttpAnswer all_swapped = client.post("/collections/shelters/imports", "name,lat,lon\na,139.5,35.7\n", as_csv);
    CHECK(all_swapped.status == 422);
    CHECK(json::parse(all_swapped.body)["report"]["refusals"][0]["kind"] == "swapped");
    CHECK(HttpClient(city.server->address()).post("/collections/shelters/imports", last_year(), as_csv).status == 401);
    CHECK(HttpClient(city.server->address(), city.reader_key).post("/collections/shelters/imports", last_year(), as_csv).status == 403);
    CHECK(client.get("/jobs/01ARZ3NDEKTSV4RRFFQ69G5FAV").status == 404);
    CHECK(city.show() == before);
    CHECK(client.get("/staff/import").status == 200);
}

TEST_CASE("the command line prints and writes the same report") {
    const City city;
    const std::string file = city.folder.write("this.csv", in_cp932(this_year())).string();
    const auto report = city.folder / "report.json";
    const auto tried = city.run({"import", "layer", "shelters", file, "--dry-run", "--match", "place-name", "--report", report.string()});
    CHECK_THAT(tried.out, Catch::Contains("shelters: 3 added, "));
    CHECK_THAT(tried.out, Catch::Contains("moved "));
    CHECK_THAT(tried.out, Catch::Contains("standard table: evacuation_space 指定緊急避難場所一覧"));
    CHECK(json::parse(test::run({"cat", report.string()}).out)["changes"]["removed"] == 2);
    city.run({"import", "layer", "shelters", file, "--dry-run", "--report", (city.folder / "report.csv").string()});
    CHECK(test::run({"cat", (city.folder / "report.csv").string()}).out.starts_with("\xEF\xBB\xBF"));
    const auto by_key = city.run({"import", "layer", "shelters", file, "--dry-run", "--match", "key", "--json"});
    CHECK(json::parse(by_key.out)["changes"]["added"] == 21);
    CHECK(city.show()["has_draft"] == false);
}
