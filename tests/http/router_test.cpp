#include "server/http/router.hpp"

#include "geo/error.hpp"
#include "server/http/work_pool.hpp"

#include <algorithm>
#include <array>
#include <catch2/catch.hpp>
#include <future>
#include <mutex>
#include <nlohmann/json.hpp>
#include <string>

namespace {
using namespace keyaki::server::http;
using keyaki::geo::Error;
using keyaki::geo::ErrorKind;

/// Answers with its own name and the parameters it got.
Handler named(std::string name) {
    return [name](const Request &request) {
        std::string body = name;
        for (const auto *parameter : {"layers", "layer", "id", "z", "x", "y", "rest"}) {
            if (const auto value = request.params.find(parameter)) {
                body += " " + std::string(parameter) + "=" + std::string(*value);
            }
        }
        return text(200, body);
    };
}

Router city_router() {
    Router router;
    router.add(Method::get, "/", named("home"));
    router.add(Method::get, "/collections/{layer}", named("collection"));
    router.add(Method::get, "/collections/{layer}@draft", named("draft"));
    router.add(Method::get, "/collections/special", named("special"));
    router.add(Method::get, "/collections/{layer}/items/{id}", named("item"));
    router.add(Method::put, "/collections/{layer}/items/{id}", named("put item"));
    router.add(Method::delete_, "/collections/{layer}/items/{id}", named("delete item"));
    router.add(Method::get, "/tiles/{layers}.json", named("tilejson"));
    router.add(Method::get, "/tiles/{layers}/{z}/{x}/{y}.mvt", named("tile"));
    router.add(Method::post, "/checkins", named("check-in"), {.shed_priority = ShedPriority::essential});
    router.add(Method::get, "/web/{rest...}", named("web"));
    return router;
}

std::string got(const Router &router, std::string target, Method method = Method::get) {
    auto request = make_request(method, std::move(target));
    return std::string(router.route(request).text());
}
} // namespace

TEST_CASE("a path finds its route and its parameters") {
    const auto router = city_router();
    CHECK(got(router, "/") == "home");
    CHECK(got(router, "/?f=json") == "home");
    CHECK(got(router, "/tiles/shelters,parks@7/14/14540/6449.mvt") == "tile layers=shelters,parks@7 z=14 x=14540 y=6449");
    CHECK(got(router, "/tiles/city.json") == "tilejson layers=city");
    CHECK(got(router, "/web/fonts/a%2Fb/c.pbf") == "web rest=fonts/a/b/c.pbf");
    CHECK(got(router, "/collections/%E7%9B%B4%2Fa") == "collection layer=直/a");
}

TEST_CASE("a literal beats a parameter, and a parameter with literals a plain one") {
    const auto router = city_router();
    CHECK(got(router, "/collections/special") == "special");
    CHECK(got(router, "/collections/shelters@draft") == "draft layer=shelters");
    CHECK(got(router, "/collections/shelters@7") == "collection layer=shelters@7");
}

TEST_CASE("what fits no route is 404 as a problem") {
    const auto router = city_router();
    const std::string target = GENERATE("/nope", "/tiles/.json", "/tiles/a/1/2/3", "/tiles/a/1/2/.mvt", "/collections/", "/collections/a/items/",
                                        "/web", "//", "/collections//items/1");
    INFO(target);
    auto request = make_request(Method::get, target);
    request.request_id = "r-1";
    const auto response = router.route(request);
    CHECK(response.status == 404);
    CHECK(response.headers.find("Content-Type") == "application/problem+json");
    CHECK(response.headers.find("X-Request-Id") == "r-1");
    CHECK(nlohmann::json::parse(response.text())["instance"] == "urn:keyaki:request:r-1");
}

TEST_CASE("405 and OPTIONS name exactly the methods of the path") {
    const auto router = city_router();
    const auto refused = router.route(make_request(Method::post, "/collections/a/items/7"));
    CHECK(refused.status == 405);
    CHECK(refused.headers.find("Allow") == "GET, HEAD, PUT, DELETE, OPTIONS");
    // QGIS asks for an item that does not exist.
    const auto options = router.route(make_request(Method::options, "/collections/a/items/unknown_id"));
    CHECK(options.status == 200);
    CHECK(options.headers.find("Allow") == "GET, HEAD, PUT, DELETE, OPTIONS");
    CHECK_FALSE(options.headers.contains("Access-Control-Allow-Methods"));
    CHECK(router.route(make_request(Method::options, "/checkins")).headers.find("Allow") == "POST, OPTIONS");
    CHECK(router.route(make_request(Method::get, "/checkins")).status == 405);
    CHECK(router.route(make_request(Method::options, "/nope")).status == 404);
    CHECK(router.route(make_request(Method::options, "*")).headers.find("Allow") == "GET, HEAD, POST, PUT, PATCH, DELETE, OPTIONS");
}

TEST_CASE("P6: a method that no route knows changes nothing, from many threads at once") {
    const auto router = city_router();
    const auto ask = [&] {
        for (int round = 0; round < 2000; ++round) {
            auto request = make_request(Method::get, "/");
            request.method = Method::other;
            request.method_text = "PROPFIND";
            if (router.route(request).status != 501 || router.route(make_request(Method::patch, "/")).status != 405) {
                return false;
            }
        }
        return true;
    };
    auto one = std::async(std::launch::async, ask);
    auto other = std::async(std::launch::async, ask);
    CHECK(one.get());
    CHECK(other.get());
}

TEST_CASE("a browser's preflight is answered, and every answer may be read from anywhere") {
    const auto router = city_router();
    auto preflight = make_request(Method::options, "/collections/a/items/7");
    preflight.headers.add("Origin", "https://map.example.jp");
    preflight.headers.add("Access-Control-Request-Method", "PUT");
    preflight.headers.add("Access-Control-Request-Headers", "if-match, content-crs, authorization");
    const auto response = router.route(preflight);
    CHECK(response.status == 200);
    CHECK(response.headers.find("Access-Control-Allow-Origin") == "*");
    CHECK(response.headers.find("Access-Control-Allow-Methods") == "GET, HEAD, PUT, DELETE, OPTIONS");
    for (const auto *name : {"If-Match", "Content-Crs", "Content-Type", "Authorization", "Idempotency-Key"}) {
        CHECK_THAT(std::string(*response.headers.find("Access-Control-Allow-Headers")), Catch::Contains(name));
    }
    const auto plain = router.route(make_request(Method::get, "/"));
    CHECK(plain.headers.find("Access-Control-Allow-Origin") == "*");
    CHECK(plain.headers.find("X-Content-Type-Options") == "nosniff");
    for (const auto *name : {"ETag", "Location", "Content-Crs", "Link", "Keyaki-Revision"}) {
        CHECK_THAT(std::string(*plain.headers.find("Access-Control-Expose-Headers")), Catch::Contains(name));
    }
}

TEST_CASE("HEAD is GET without the body, with its length") {
    const auto router = city_router();
    const auto response = router.route(make_request(Method::head, "/collections/special"));
    CHECK(response.status == 200);
    CHECK_FALSE(response.body);
    CHECK(response.headers.find("Content-Length") == "7");
    CHECK(router.route(make_request(Method::head, "/checkins")).status == 405);
    CHECK_FALSE(router.route(make_request(Method::head, "/nope")).body);
}

TEST_CASE("P16: an exception's text never reaches the client") {
    Router router;
    router.add(Method::get, "/std", [](const Request &) -> Response { throw std::runtime_error("secret /srv/city.sqlite"); });
    router.add(Method::get, "/own", [](const Request &) -> Response { throw Error(ErrorKind::internal, "secret SELECT"); });
    router.add(Method::get, "/int", [](const Request &) -> Response { throw 7; });
    router.add(Method::get, "/mine", [](const Request &) -> Response { throw Error(ErrorKind::invalid_input, "limit must be at least 1, found 0"); });
    router.add(Method::get, "/split", [](const Request &) { return text(200, "a").with("X-Name", "secret\r\nSet-Cookie: a"); });
    router.add(Method::get, "/lie", [](const Request &) { return text(200, "secret").encoded_as_gzip(); });
    for (const auto *path : {"/std", "/own", "/int", "/split", "/lie"}) {
        INFO(path);
        const auto response = router.route(make_request(Method::get, path));
        CHECK(response.status == 500);
        CHECK_THAT(std::string(response.text()), !Catch::Contains("secret"));
        CHECK(nlohmann::json::parse(response.text())["status"] == 500);
    }
    const auto mine = router.route(make_request(Method::get, "/mine"));
    CHECK(mine.status == 400);
    CHECK(nlohmann::json::parse(mine.text())["detail"] == "limit must be at least 1, found 0");
}

TEST_CASE("P5: thousands of slashes are a path like any other") {
    const auto router = city_router();
    CHECK(router.route(make_request(Method::get, std::string(16000, '/'))).status == 404);
}

TEST_CASE("a wrong pattern is our own mistake and is found when it is added") {
    Router router = city_router();
    for (const auto *pattern : {"tiles", "/{a}{b}", "/{a", "/a}", "/{}", "/{rest...}/a", "/x{rest...}", "/{a}/{a}", "/{...}"}) {
        INFO(pattern);
        CHECK_THROWS_AS(router.add(Method::get, pattern, named("x")), Error);
    }
    CHECK_THROWS_AS(router.add(Method::get, "/collections/{other}", named("x")), Error);
    CHECK_NOTHROW(router.add(Method::post, "/collections/{other}", named("x")));
}

TEST_CASE("the plan tells a route's limits before its body has come") {
    Router router;
    router.add(Method::post, "/imports", named("import"), {.body_limit_bytes = 77, .name = "imports", .shed_priority = ShedPriority::essential});
    auto request = make_request(Method::post, "/imports");
    const auto plan = router.plan(request);
    CHECK(plan.outcome == Router::Plan::Outcome::handler);
    CHECK(plan.body_limit_bytes == 77);
    CHECK(plan.route_name == "imports");
    CHECK(plan.work == Work::pool);
    CHECK(plan.shed_priority == ShedPriority::essential);
}

TEST_CASE("the pool takes essential work while sheddable work fills it") {
    std::promise<void> gate;
    const auto opened = gate.get_future().share();
    WorkPool pool(2, 3, 1);
    std::promise<void> running;
    REQUIRE(pool.submit(ShedPriority::sheddable, [&] {
        running.set_value();
        opened.wait();
    }));
    running.get_future().wait();
    // One of two threads is busy with a tile; the other is not for tiles, so three wait and the fourth is turned away.
    std::atomic<int> done{0};
    for (int count = 0; count < 3; ++count) {
        REQUIRE(pool.submit(ShedPriority::sheddable, [&] { ++done; }));
    }
    CHECK_FALSE(pool.submit(ShedPriority::sheddable, [&] { ++done; }));
    std::promise<void> checked_in;
    REQUIRE(pool.submit(ShedPriority::essential, [&] { checked_in.set_value(); }));
    checked_in.get_future().wait();
    CHECK(done == 0);
    gate.set_value();
    std::promise<void> last;
    while (!pool.submit(ShedPriority::sheddable, [&] { last.set_value(); })) {
        std::this_thread::yield();
    }
    last.get_future().wait();
    CHECK(done == 3);
    pool.stop();
    CHECK_FALSE(pool.submit(ShedPriority::essential, [] {}));
}

TEST_CASE("what is for shelters waits in a queue of its own, is taken before other tiles, and finds a thread while slow pages hold the others") {
    WorkPool pool(3, 4, 4);
    std::promise<void> gate;
    const auto opened = gate.get_future().share();
    std::promise<void> running;
    REQUIRE(pool.submit(ShedPriority::sheddable, [&] {
        running.set_value();
        opened.wait();
    }));
    running.get_future().wait();
    std::mutex mutex;
    std::string order;
    const auto note = [&](char letter) {
        return [&, letter] {
            const std::lock_guard lock(mutex);
            order += letter;
        };
    };
    // One thread of three takes sheddable work; the second takes what is for shelters, though a page has waited for longer.
    for (int count = 0; count < 4; ++count) {
        REQUIRE(pool.submit(ShedPriority::sheddable, note('p')));
    }
    CHECK_FALSE(pool.submit(ShedPriority::sheddable, note('p')));
    std::promise<void> shown;
    REQUIRE(pool.submit(ShedPriority::shelters, [&] { shown.set_value(); }));
    shown.get_future().wait();
    // With both held, both queues are full, and check-ins pass all the same.
    std::promise<void> also_running;
    REQUIRE(pool.submit(ShedPriority::shelters, [&] {
        also_running.set_value();
        opened.wait();
    }));
    also_running.get_future().wait();
    for (int count = 0; count < 4; ++count) {
        REQUIRE(pool.submit(ShedPriority::shelters, note('s')));
    }
    CHECK_FALSE(pool.submit(ShedPriority::shelters, note('s')));
    CHECK(pool.queue_lengths() == std::array<std::size_t, 3>{4, 4, 0});
    std::promise<void> checked_in;
    REQUIRE(pool.submit(ShedPriority::essential, [&] { checked_in.set_value(); }));
    checked_in.get_future().wait();
    CHECK(order.empty());
    gate.set_value();
    std::promise<void> last;
    while (!pool.submit(ShedPriority::sheddable, [&] { last.set_value(); })) {
        std::this_thread::yield();
    }
    last.get_future().wait();
    pool.stop();
    CHECK(std::count(order.begin(), order.end(), 's') == 4);
    CHECK(std::count(order.begin(), order.end(), 'p') == 4);
}

TEST_CASE("with one thread for both, all that is for shelters is taken before a page that came first") {
    WorkPool pool(2, 4, 4);
    std::promise<void> gate;
    const auto opened = gate.get_future().share();
    std::promise<void> running;
    REQUIRE(pool.submit(ShedPriority::sheddable, [&] {
        running.set_value();
        opened.wait();
    }));
    running.get_future().wait();
    std::string order; // one thread writes it
    std::promise<void> last;
    REQUIRE(pool.submit(ShedPriority::sheddable, [&] { order += 'p'; }));
    REQUIRE(pool.submit(ShedPriority::sheddable, [&] {
        order += 'p';
        last.set_value();
    }));
    for (int count = 0; count < 3; ++count) {
        REQUIRE(pool.submit(ShedPriority::shelters, [&] { order += 's'; }));
    }
    gate.set_value();
    last.get_future().wait();
    CHECK(order == "ssspp");
}

TEST_CASE("a route may say by the request whom it sheds first") {
    Router router;
    router.add(Method::get, "/tiles/{layers}", [](const Request &) { return no_content(); },
               {.name = "tiles", .shed_priority_of = [](const Request &request) {
                    return request.params.at("layers") == "shelters" ? ShedPriority::shelters : ShedPriority::sheddable;
                }});
    auto shelters = make_request(Method::get, "/tiles/shelters");
    auto streets = make_request(Method::get, "/tiles/streets");
    CHECK(router.plan(shelters).shed_priority == ShedPriority::shelters);
    CHECK(router.plan(streets).shed_priority == ShedPriority::sheddable);
}

TEST_CASE("a router names its routes for the log and the metrics, each name once, and keeps the texts when it is moved") {
    Router router;
    const auto handler = [](const Request &) { return no_content(); };
    router.add(Method::get, "/a/{id}", handler, {.name = "thing"});
    router.add(Method::delete_, "/a/{id}", handler, {.name = "thing"});
    router.add(Method::get, "/b", handler);
    const auto names = router.names();
    const Router moved = std::move(router);
    REQUIRE(names.size() == 2);
    const auto thing = std::find_if(names.begin(), names.end(), [](const Router::Name &name) { return name.name == "thing"; });
    REQUIRE(thing != names.end());
    CHECK(thing->pattern == "/a/{id}");
    const auto other = std::find_if(names.begin(), names.end(), [](const Router::Name &name) { return name.name == "/b"; });
    REQUIRE(other != names.end());
    CHECK(other->pattern == "/b");
}
