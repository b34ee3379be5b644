// The same files through POST /collections/{layer}/imports: the outcomes of the table, from a server that goes on.
#include "tests/broken_files/expectations.hpp"
#include "tests/broken_files/made_files.hpp"

#include "data/sha256.hpp"
#include "server/application.hpp"
#include "server/identifiers.hpp"
#include "server/imports/upload_folder.hpp"
#include "server/time.hpp"
#include "tests/support/http_client.hpp"
#include "tests/support/shared_data.hpp"
#include "tests/support/temporary_folder.hpp"

#include <catch2/catch.hpp>
#include <fmt/format.h>
#include <fmt/ranges.h>
#include <nlohmann/json.hpp>

#include <algorithm>
#include <set>

using namespace keyaki;
using namespace keyaki::test;
using nlohmann::ordered_json;

namespace {

constexpr const char *layer_id = "kept";

std::unique_ptr<data::Store> make_store(const TemporaryFolder &folder, const std::string &secret) {
    auto store = data::open_store({.file = folder / "city.sqlite", .create = true, .readers = 2});
    server::LayerImport import;
    import.layer.id = layer_id;
    import.file = folder.write("kept.csv", "name,lat,lon\nshelter,35.79,139.53\npark,35.78,139.52\n");
    import.author = "test";
    static_cast<void>(server::import_layer(*store, import, {}));
    const std::int64_t now = server::now_us();
    store->write([&](data::WriteTransaction &books) {
        books.publish(layer_id, "test", "the first", false, now);
        books.create_key({server::make_ulid(now), "staff", {"layers:write"}, data::sha256(secret), now, std::nullopt}, "test");
    });
    std::filesystem::remove(import.file);
    return store;
}

server::Settings settings_of(const TemporaryFolder &folder) {
    server::Settings settings;
    settings.database = folder / "city.sqlite";
    settings.upload_folder = folder.path();
    return settings;
}

/// A server in this process, so that the children that read are this program.
class HttpCity {
  public:
    HttpCity() : m_application(settings_of(m_folder), make_store(m_folder, m_secret)), m_server(options(), server::make_router(m_application)) {
        m_server.start();
        m_client = std::make_unique<HttpClient>(fmt::format("http://127.0.0.1:{}", m_server.port()), m_secret);
    }

    Outcome import(const std::string &name, const std::string &bytes, const std::string &layer_in_file) {
        const std::string query = layer_in_file.empty() ? "" : "?layer-in-file=" + server::http::percent_encode(layer_in_file);
        const HttpAnswer answer = m_client->post(fmt::format("/collections/{}/imports{}", layer_id, query), bytes,
                                                 {"Content-Disposition: attachment; filename*=UTF-8''" + server::http::percent_encode(name)});
        const ordered_json body = ordered_json::parse(answer.body);
        if (answer.status == 202) {
            return outcome_of_job(body["id"].get<std::string>());
        }
        return answer.status == 200 ? imported(body) : refused(answer.status, body.value("detail", ""));
    }
    /// The published features, and whether there is a draft.
    [[nodiscard]] std::string content() {
        std::set<std::string> features;
        data::Store &store = m_application.store();
        store.read_features(layer_id, data::LayerState::published(), [&](geo::Feature &&feature) { features.insert(feature.id); });
        return fmt::format("{} draft {}", fmt::join(features, " "), store.find_layer(layer_id)->has_draft);
    }
    [[nodiscard]] bool answers() { return m_client->get("/healthz").status == 200; }
    [[nodiscard]] std::vector<std::string> check() { return m_application.store().check(); }
    /// Files of uploads that are still there.
    [[nodiscard]] std::size_t uploads_left() const {
        std::size_t files = 0;
        for (const auto &entry : std::filesystem::recursive_directory_iterator(m_folder.path())) {
            files +=
                entry.is_regular_file() && entry.path().string().find("keyaki-uploads-") != std::string::npos && entry.path().filename() != "lock";
        }
        return files;
    }

  private:
    [[nodiscard]] server::http::ServerOptions options() const {
        server::http::ServerOptions options;
        options.spool_folder = m_folder.path().string();
        return options;
    }
    Outcome imported(const ordered_json &report) {
        m_application.store().write([](data::WriteTransaction &books) {
            try {
                books.discard_draft(layer_id, "test", server::now_us());
            } catch (const geo::Error &) { // what was imported is what is published
            }
        });
        std::string counts = fmt::format("{}: {} read, {} accepted, {} refused", report["driver"].get<std::string>(), report["rows_read"].get<int>(),
                                         report["accepted"].get<int>(), report["refused"].get<int>());
        for (const auto &[kind, rows] : report["repaired"].items()) {
            counts += fmt::format(", {} {}", rows.get<int>(), kind);
        }
        return {"imported", counts, ""};
    }
    static Outcome refused(int status, const std::string &sentence) {
        const bool is_status_of_a_refusal = status == 400 || status == 413 || status == 422;
        return {is_status_of_a_refusal ? "refused" : fmt::format("answered {}", status), "", sentence};
    }
    Outcome outcome_of_job(const std::string &id) {
        const auto job = m_application.import_jobs().wait(id, std::chrono::minutes(5));
        REQUIRE(job);
        const ordered_json body = ordered_json::parse(m_client->get("/jobs/" + id).body);
        return job->outcome ? imported(body["report"]) : refused(body["error"]["status"].get<int>(), body["error"]["detail"].get<std::string>());
    }

    TemporaryFolder m_folder;
    std::string m_secret = server::make_api_secret();
    server::Application m_application;
    server::http::Server m_server;
    std::unique_ptr<HttpClient> m_client;
};

/// As the table has it. Sentences are compared where the file could keep its name; the table's go on with the report's lines behind " | ".
void check_outcome(HttpCity &city, const Expectations &table, const std::string &line, const std::string &name, const std::string &bytes,
                   const std::string &layer_in_file) {
    const auto expected = table.expected(line);
    INFO(on_one_line(line));
    REQUIRE(expected);
    const std::string before = city.content();
    const Outcome outcome = city.import(name, bytes, layer_in_file);
    INFO(outcome.said);
    CHECK(outcome.result == expected->result);
    CHECK(on_one_line(outcome.counts) == expected->counts);
    if (outcome.result == "refused" && server::imports::safe_file_name(name, "") == name && !bytes.empty()) {
        CHECK(on_one_line(outcome.said) == expected->said.substr(0, expected->said.find(" | ")));
    }
    CHECK(city.content() == before);
}

} // namespace

TEST_CASE("files that are made to break something become over HTTP what the table says, and the server goes on", "[http]") {
    HttpCity city;
    const Expectations table;
    for (const auto make : {make_texts, make_archives, make_databases}) {
        make([&](const MadeFile &made) {
            if (made.kind == FileKind::city) {
                check_outcome(city, table, "made/" + made.name, made.name, made.bytes, made.layer_in_file);
            }
        });
    }
    CHECK(city.answers());
    CHECK(city.check() == std::vector<std::string>());
    CHECK(city.uploads_left() == 0);
}

TEST_CASE("every ninth broken file of city data becomes over HTTP what the table says", "[http]") {
    KEYAKI_SHARED_DATA_OR_SKIP(root, "geojson");
    HttpCity city;
    const Expectations table;
    std::vector<std::filesystem::path> files;
    for (const char *folder : {"geojson", "gps"}) { // the others are of several files each
        for (const auto &entry : std::filesystem::recursive_directory_iterator(root.parent_path() / folder)) {
            if (entry.is_regular_file()) {
                files.push_back(entry.path());
            }
        }
    }
    std::sort(files.begin(), files.end());
    for (std::size_t i = 0; i < files.size(); i += 9) {
        check_outcome(city, table, files[i].lexically_relative(root.parent_path()).string(), files[i].filename().string(), bytes_of(files[i]), "");
    }
    CHECK(city.answers());
    CHECK(city.check() == std::vector<std::string>());
}
