#include "server/telemetry/request_counters.hpp"
#include "server/telemetry/striped_counters.hpp"
#include "tests/support/metrics_text.hpp"

#include <catch2/catch.hpp>

#include <array>
#include <thread>
#include <vector>

using namespace keyaki;
using namespace keyaki::server::telemetry;
using server::http::Method;
using test::metric;

namespace {
const std::vector<server::http::Router::Name> one_route{{"tile", "/tiles/{z}"}};
}

TEST_CASE("counters that many threads add to lose nothing") {
    StripedCounters counters(3);
    std::vector<std::thread> threads;
    for (int thread = 0; thread < 12; ++thread) { // more than there are stripes
        threads.emplace_back([&counters] {
            for (int number = 0; number < 10'000; ++number) {
                counters.add(1);
                counters.add(2, 5);
            }
        });
    }
    for (std::thread &thread : threads) {
        thread.join();
    }
    CHECK(counters.sum(0) == 0);
    CHECK(counters.sum(1) == 120'000);
    CHECK(counters.sum(2) == 600'000);
}

TEST_CASE("each figure of the HTTP server is written under its own name and reason") {
    const RequestCounters counters(one_route);
    server::http::ServerStatistics statistics;
    statistics.connections_accepted = 1;
    statistics.connections_refused = 2;
    statistics.connections_open = 3;
    statistics.shed_sheddable = 4;
    statistics.shed_shelters = 6;
    statistics.shed_essential = 5;
    statistics.deadlines_missed = 6;
    statistics.in_flight = 7;
    statistics.buffered_input_bytes = 8;
    statistics.bodies_refused = 9;
    statistics.connection_limit = 10;
    statistics.sheddable_queue_length = 11;
    statistics.sheddable_queue_limit = 12;
    statistics.essential_queue_length = 13;
    statistics.essential_queue_limit = 14;
    MetricText text;
    counters.write(text, statistics);
    const test::MetricFamilies metrics = test::parse_metrics(text.text());
    CHECK(metric(metrics, "keyaki_http_connections_accepted_total") == 1);
    CHECK(metric(metrics, "keyaki_http_refused_total", {{"reason", "too_many_connections"}}) == 2);
    CHECK(metric(metrics, "keyaki_http_connections_open") == 3);
    CHECK(metric(metrics, "keyaki_http_refused_total", {{"reason", "shed_sheddable"}}) == 4);
    CHECK(metric(metrics, "keyaki_http_refused_total", {{"reason", "shed_shelters"}}) == 6);
    CHECK(metric(metrics, "keyaki_http_refused_total", {{"reason", "shed_essential"}}) == 5);
    CHECK(metric(metrics, "keyaki_http_refused_total", {{"reason", "deadline"}}) == 6);
    CHECK(metric(metrics, "keyaki_http_requests_in_flight") == 7);
    CHECK(metric(metrics, "keyaki_http_input_buffered_bytes") == 8);
    CHECK(metric(metrics, "keyaki_http_refused_total", {{"reason", "too_many_bodies"}}) == 9);
    CHECK(metric(metrics, "keyaki_http_connections_limit") == 10);
    CHECK(metric(metrics, "keyaki_http_queue_length", {{"class", "sheddable"}}) == 11);
    CHECK(metric(metrics, "keyaki_http_queue_limit", {{"class", "sheddable"}}) == 12);
    CHECK(metric(metrics, "keyaki_http_queue_length", {{"class", "essential"}}) == 13);
    CHECK(metric(metrics, "keyaki_http_queue_limit", {{"class", "essential"}}) == 14);
}

TEST_CASE("a route is counted by its name, anything else as none, and a status out of the list as other") {
    RequestCounters counters(one_route);
    server::http::RequestSummary summary;
    summary.method = Method::get;
    summary.route_name = "tile";
    summary.status = 200;
    summary.bytes = 100;
    summary.duration = std::chrono::milliseconds(2);
    counters.count(summary);
    CHECK(counters.pattern_of(summary) == "/tiles/{z}");
    for (const int status : {299, -1, 1000}) {
        summary.route_name = "made-up";
        summary.status = status;
        counters.count(summary);
    }
    CHECK(counters.pattern_of(summary) == "none");
    MetricText text;
    counters.write(text, {});
    const test::MetricFamilies metrics = test::parse_metrics(text.text());
    CHECK(metric(metrics, "keyaki_http_requests_total", {{"route", "tile"}, {"method", "GET"}, {"status", "200"}}) == 1);
    CHECK(metric(metrics, "keyaki_http_requests_total", {{"route", "none"}, {"status", "other"}}) == 3);
    CHECK(metric(metrics, "keyaki_http_response_body_bytes_total", {{"route", "tile"}}) == 100);
    CHECK(metric(metrics, "keyaki_http_request_duration_seconds_bucket", {{"route", "tile"}, {"le", "0.001"}}) == 0);
    CHECK(metric(metrics, "keyaki_http_request_duration_seconds_bucket", {{"route", "tile"}, {"le", "0.003"}}) == 1);
    CHECK(metric(metrics, "keyaki_http_request_duration_seconds_sum", {{"route", "tile"}}) == Approx(0.002));
}

TEST_CASE("values of labels that would break the format are escaped") {
    MetricText text;
    text.gauge("a", "help").value(1, {{"label", "\"quoted\"\nbroken\\"}});
    const test::MetricFamilies metrics = test::parse_metrics(text.text());
    CHECK(metric(metrics, "a", {{"label", "\"quoted\"\nbroken\\"}}) == 1);
}

TEST_CASE("the reader of metrics refuses what Prometheus would, or worse, would not") {
    const std::string head = "# HELP a_total b\n# TYPE a_total counter\n";
    CHECK_NOTHROW(test::parse_metrics(head + "a_total 1\n"));
    for (const std::string wrong :
         {"a_total 1", "a_total  1\n", "a_total 1 1\n", "a_total{b=c} 1\n", "a_total{b=\"c\",b=\"d\"} 1\n", "a_total 1\na_total 1\n", "a_total -1\n",
          "b_total 1\n", "a_total x\n", "a_total{1=\"c\"} 1\n", "# TYPE a_total counter\n", "# HELP a_total b\n", "# comment\n",
          "# HELP b c\n# TYPE b counter\nb 1\n", "# HELP b_total c\n# TYPE b_total gauge\nb_total 1\n",
          "# HELP b c\n# TYPE b histogram\nb_bucket{le=\"1\"} 2\nb_bucket{le=\"+Inf\"} 1\nb_sum 1\nb_count 1\n",
          "# HELP b c\n# TYPE b histogram\nb_bucket{le=\"+Inf\"} 1\nb_sum 1\nb_count 2\n"}) {
        CAPTURE(wrong);
        CHECK_THROWS(test::parse_metrics(head + wrong));
    }
}
