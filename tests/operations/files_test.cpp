// The files of server/operations, held against the program that they are for.
#include "tests/flows/sample_city.hpp"
#include "tests/support/metrics_text.hpp"
#include "tests/support/shared_data.hpp"

#include <catch2/catch.hpp>
#include <nlohmann/json.hpp>

#include <algorithm>
#include <chrono>
#include <cstdlib>
#include <fstream>
#include <set>
#include <sstream>

using namespace keyaki;
using nlohmann::json;
using test::HttpClient;
using test::MetricFamilies;

namespace {

std::string text_of(const std::filesystem::path &path) {
    REQUIRE(std::ifstream(path));
    return test::bytes_of(path);
}

std::string operations_file(const std::string &name) { return text_of(test::project_file("server/operations/" + name)); }

/// The metrics of a live server after a little of everything, so that every label has its values.
const MetricFamilies &live_metrics() {
    static const MetricFamilies metrics = [] {
        const test::SampleCity city;
        test::LiveServer server(city.database);
        HttpClient client(server.address(), city.key);
        for (int time = 0; time < 2; ++time) {
            CHECK(client.get("/tiles/shelters/13/7270/3222.mvt").status == 200);
        }
        const std::vector<std::string> headers{"Content-Type: application/json", "Idempotency-Key: k"};
        CHECK(client.post("/checkins", test::check_in_body("m-1"), headers).status == 201);
        return test::parse_metrics(client.get("/metrics").body);
    }();
    return metrics;
}

bool is_word_letter(char letter) { return std::isalnum(static_cast<unsigned char>(letter)) != 0 || letter == '_'; }

/// One metric in an expression of PromQL, with the matchers in its braces.
struct Selector {
    struct Matcher {
        std::string label;
        std::string comparison; ///< = != =~ !~
        std::string value;
    };
    std::string metric;
    std::vector<Matcher> matchers;
};

std::vector<Selector::Matcher> matchers_of(std::string_view text) {
    std::vector<Selector::Matcher> matchers;
    while (!text.empty()) {
        const std::size_t end = text.find_first_of("=!");
        const std::size_t quote = text.find('"');
        REQUIRE(quote != std::string_view::npos);
        const std::size_t close = text.find('"', quote + 1);
        matchers.push_back(
            {std::string(text.substr(0, end)), std::string(text.substr(end, quote - end)), std::string(text.substr(quote + 1, close - quote - 1))});
        text.remove_prefix(std::min(text.size(), close + 1));
        text.remove_prefix(!text.empty() && text.front() == ',' ? 1 : 0);
    }
    return matchers;
}

std::vector<Selector> selectors_of(const std::string &expression) {
    std::vector<Selector> selectors;
    for (std::size_t at = 0; at < expression.size();) {
        std::size_t end = at;
        while (end < expression.size() && is_word_letter(expression[end])) {
            ++end;
        }
        const std::string word = expression.substr(at, end - at);
        const bool is_metric = word.rfind("keyaki_", 0) == 0 || word.rfind("process_", 0) == 0;
        if (is_metric) {
            selectors.push_back({word, {}});
            if (end < expression.size() && expression[end] == '{') {
                const std::size_t brace = expression.find('}', end);
                selectors.back().matchers = matchers_of(std::string_view(expression).substr(end + 1, brace - end - 1));
                end = brace;
            }
        }
        at = std::max(end, at + 1);
    }
    return selectors;
}

/// Labels that Prometheus itself adds, and statuses that are answered only when something is wrong.
bool is_given_from_outside(const std::string &label) { return label == "instance" || label == "job"; }

bool has_label_value(const test::MetricFamily &family, const std::string &label, const std::string &value) {
    return std::any_of(family.samples.begin(), family.samples.end(), [&](const test::MetricFamily::Sample &sample) {
        const auto found = sample.labels.find(label);
        return found != sample.labels.end() && (value.empty() || found->second == value);
    });
}

void check_selector(const Selector &selector) {
    CAPTURE(selector.metric);
    const test::MetricFamily *family = test::family_of(live_metrics(), selector.metric);
    REQUIRE(family != nullptr);
    for (const Selector::Matcher &matcher : selector.matchers) {
        CAPTURE(matcher.label, matcher.value);
        if (is_given_from_outside(matcher.label)) {
            continue;
        }
        CHECK(has_label_value(*family, matcher.label, ""));
        std::istringstream values(matcher.comparison.front() == '=' && matcher.label != "status" ? matcher.value : "");
        for (std::string value; std::getline(values, value, '|');) {
            CHECK(has_label_value(*family, matcher.label, value));
        }
    }
}

/// Every name in "by (a, b)" is a label of some metric of the expression, or Prometheus's own.
void check_groupings(const std::string &expression, const std::vector<Selector> &selectors) {
    for (std::size_t at = expression.find("by ("); at != std::string::npos; at = expression.find("by (", at + 1)) {
        const std::size_t begin = at + 4;
        std::istringstream labels(expression.substr(begin, expression.find(')', begin) - begin));
        for (std::string label; std::getline(labels >> std::ws, label, ',');) {
            CAPTURE(label);
            CHECK((is_given_from_outside(label) || std::any_of(selectors.begin(), selectors.end(), [&](const Selector &selector) {
                       return has_label_value(*test::family_of(live_metrics(), selector.metric), label, "");
                   })));
        }
    }
}

/// The metrics that an expression names, all of which there are.
std::set<std::string> check_expression(const std::string &expression) {
    CAPTURE(expression);
    std::set<std::string> names;
    const std::vector<Selector> selectors = selectors_of(expression);
    CHECK((!selectors.empty() || expression.rfind("up{", 0) == 0));
    for (const Selector &selector : selectors) {
        check_selector(selector);
        names.insert(selector.metric);
    }
    check_groupings(expression, selectors);
    return names;
}

/// What stands after `key` on each line of it: enough of YAML for a file with one rule a line.
std::vector<std::string> values_of(const std::string &yaml, const std::string &key) {
    std::vector<std::string> values;
    std::istringstream text(yaml);
    for (std::string line; std::getline(text, line);) {
        const std::size_t begin = line.find_first_not_of(" -");
        if (begin != std::string::npos && line.compare(begin, key.size() + 2, key + ": ") == 0) {
            values.push_back(line.substr(begin + key.size() + 2));
        }
    }
    return values;
}

} // namespace

TEST_CASE("every expression of the dashboard names metrics and labels that a live server has") {
    const json dashboard = json::parse(operations_file("dashboard.json"));
    std::set<std::string> rows;
    std::set<std::string> named;
    std::size_t panels = 0;
    for (const json &panel : dashboard["panels"]) {
        if (panel["type"] == "row") {
            rows.insert(panel["title"].get<std::string>());
            continue;
        }
        ++panels;
        CAPTURE(panel["title"]);
        REQUIRE(!panel["targets"].empty());
        for (const json &target : panel["targets"]) {
            named.merge(check_expression(target["expr"].get<std::string>()));
        }
    }
    for (const json &annotation : dashboard["annotations"]["list"]) {
        check_expression(annotation["expr"].get<std::string>());
    }
    CHECK(rows == std::set<std::string>{"Is it well", "Map traffic", "Check-ins", "Ledger writer", "Layers"});
    CHECK(panels > 20);
    CHECK(named.size() > 25);
}

TEST_CASE("every alert names metrics and labels that a live server has, and is explained to who is woken by it") {
    const std::string rules = operations_file("alerts.yaml");
    const std::string page = operations_file("README.md");
    const std::vector<std::string> alerts = values_of(rules, "alert");
    const std::vector<std::string> expressions = values_of(rules, "expr");
    CHECK(alerts.size() >= 10);
    REQUIRE(alerts.size() == expressions.size());
    for (std::size_t number = 0; number < alerts.size(); ++number) {
        CAPTURE(alerts[number]);
        check_expression(expressions[number]);
        CHECK(page.find("### " + alerts[number] + "\n") != std::string::npos);
    }
    CHECK(values_of(rules, "severity").empty()); // they stand in braces: one line each
    CHECK(values_of(rules, "summary").size() == alerts.size());
    CHECK(values_of(rules, "description").size() == alerts.size());
}

TEST_CASE("an expression with a metric, a label or a value that there is not is found") {
    const auto selectors = selectors_of("sum by (route) (rate(keyaki_tiles_total{outcome=~\"hit|computed\",zoom!=\"3\"}[5m])) > 0 * up");
    REQUIRE(selectors.size() == 1);
    CHECK(selectors[0].metric == "keyaki_tiles_total");
    REQUIRE(selectors[0].matchers.size() == 2);
    CHECK(selectors[0].matchers[1].comparison == "!=");
    CHECK(selectors[0].matchers[0].value == "hit|computed");
    const test::MetricFamily *tiles = test::family_of(live_metrics(), "keyaki_tiles_total");
    REQUIRE(tiles != nullptr);
    CHECK(has_label_value(*tiles, "outcome", "hit"));
    CHECK_FALSE(has_label_value(*tiles, "outcome", "made-up"));
    CHECK_FALSE(has_label_value(*tiles, "route", ""));
    CHECK(test::family_of(live_metrics(), "keyaki_writer_commit_duration_seconds_bucket") != nullptr);
    CHECK(test::family_of(live_metrics(), "keyaki_tiles_total_bucket") == nullptr);
}

TEST_CASE("Prometheus's own tool takes the metrics, the rules and their tests") {
    if (!test::has_program("promtool")) {
        WARN("promtool (Debian's package prometheus) is not installed: this test is left out");
        return;
    }
    const auto folder = test::project_file("server/operations");
    const test::CommandResult rules = test::run({"promtool", "check", "rules", (folder / "alerts.yaml").string()});
    CAPTURE(rules.out, rules.error);
    CHECK(rules.status == 0);
    const test::CommandResult fired = test::run({"promtool", "test", "rules", (folder / "alerts_test.yaml").string()});
    CAPTURE(fired.out, fired.error);
    CHECK(fired.status == 0);
}

TEST_CASE("systemd takes the units") {
    if (!test::has_program("systemd-analyze")) {
        WARN("systemd-analyze is not installed: this test is left out");
        return;
    }
    const test::TemporaryFolder folder;
    std::vector<std::string> words{"systemd-analyze", "verify", "--man=no"};
    for (const std::string name : {"keyaki.service", "keyaki-backup.service", "keyaki-backup.timer", "keyaki-night.service", "keyaki-night.timer"}) {
        std::string unit = operations_file(name);
        for (const std::string program : {"/usr/local/bin/keyaki", "/usr/local/lib/keyaki/keyaki-backup"}) { // not installed here
            for (std::size_t at = unit.find("ExecStart=" + program); at != std::string::npos; at = unit.find("ExecStart=" + program)) {
                unit.replace(at + 10, program.size(), "/bin/true");
            }
        }
        words.push_back(folder.write(name, unit).string());
    }
    const test::CommandResult verified = test::run(words);
    CAPTURE(verified.out, verified.error);
    CHECK(verified.status == 0);
    CHECK(verified.error.empty());
}

TEST_CASE("what an operator adds for webhooks and for the head of the ledger stands in the page, and systemd takes it beside the unit") {
    const std::string page = operations_file("README.md");
    const std::size_t begin = page.find("[Service]\n");
    REQUIRE(begin != std::string::npos);
    const std::string more = page.substr(begin, page.find("```", begin) - begin);
    const std::string unit = operations_file("keyaki.service");
    CHECK_THAT(unit, Catch::Contains("\nIPAddressDeny=any\n") && Catch::Contains("\nProtectSystem=strict\n")); // else there is nothing to add
    CHECK_THAT(more, Catch::Contains("\nIPAddressAllow=any\n") && Catch::Contains("\nReadWritePaths=/srv/keyaki-head\n"));
    for (const char *file : {"keyaki.service", "keyaki.toml"}) {
        CAPTURE(file);
        CHECK_THAT(operations_file(file),
                   Catch::Contains("\"What leaves the machine\"") && Catch::Contains("ReadWritePaths=") && Catch::Contains("IPAddressAllow="));
    }
    CHECK_THAT(page, Catch::Contains("\n## What leaves the machine\n"));
    if (!test::has_program("systemd-analyze")) {
        WARN("systemd-analyze is not installed: systemd is not asked");
        return;
    }
    const test::TemporaryFolder folder;
    std::string runnable = unit;
    runnable.replace(runnable.find("/usr/local/bin/keyaki"), std::string("/usr/local/bin/keyaki").size(), "/bin/true"); // not installed here
    const std::string file = folder.write("keyaki.service", runnable).string();
    std::filesystem::create_directory(folder / "keyaki.service.d");
    std::ofstream(folder / "keyaki.service.d/override.conf") << more;
    const test::CommandResult verified = test::run({"systemd-analyze", "verify", "--man=no", file});
    CAPTURE(verified.out, verified.error);
    CHECK(verified.status == 0);
    CHECK(verified.error.empty());
}

TEST_CASE("the nightly backup makes a checked copy of a served database, and old copies go only after a good one has come") {
    const test::SampleCity city;
    test::LiveServer server(city.database);
    const auto copies = city.folder / "copies";
    std::filesystem::create_directory(copies);
    const auto write_old = [&](const std::string &name, int days) {
        std::ofstream(copies / name) << "old";
        std::filesystem::last_write_time(copies / name, std::filesystem::file_time_type::clock::now() - std::chrono::hours(24 * days));
    };
    write_old("city-2026-01-01T031000Z.sqlite", 20);
    write_old("city-2026-01-13T031000Z.sqlite", 3);
    write_old("other-2026-01-01T031000Z.sqlite", 20);
    setenv("KEYAKI_PROGRAM", KEYAKI_PROGRAM, 1);
    const auto back_up = [&](const std::filesystem::path &database) {
        return test::run({test::project_file("server/operations/keyaki-backup").string(), database.string(), copies.string()});
    };
    std::ofstream(city.folder / "city.broken.sqlite") << "this is no database";
    CHECK(back_up(city.folder / "city.broken.sqlite").status != 0);
    CHECK(std::filesystem::exists(copies / "city-2026-01-01T031000Z.sqlite"));

    const test::CommandResult made = back_up(city.database);
    unsetenv("KEYAKI_PROGRAM");
    CAPTURE(made.out, made.error);
    REQUIRE(made.status == 0);
    CHECK_FALSE(std::filesystem::exists(copies / "city-2026-01-01T031000Z.sqlite"));
    CHECK(std::filesystem::exists(copies / "city-2026-01-13T031000Z.sqlite"));
    CHECK(std::filesystem::exists(copies / "other-2026-01-01T031000Z.sqlite"));
    const std::size_t end = made.out.find(" is a checked copy");
    const std::size_t begin = made.out.rfind(copies.string(), end);
    const std::filesystem::path copy = made.out.substr(begin, end - begin);
    CHECK(copy.parent_path() == copies);
    CHECK(std::distance(std::filesystem::directory_iterator(copies), {}) == 3); // nothing else is left behind
    test::LiveServer restored(copy);
    CHECK(HttpClient(restored.address()).get("/tiles/shelters/13/7270/3222.mvt").status == 200);
}
