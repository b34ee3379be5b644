#include "server/http/delivery.hpp"

#include "server/http/compression.hpp"
#include "server/http/response_head.hpp"
#include "server/http/router.hpp"

#include <catch2/catch.hpp>

namespace {
using namespace keyaki::server::http;

const std::string long_json = "[" + std::string(4000, '1') + "]";

Request asking(Method method, std::string encodings = {}, std::string tags = {}) {
    auto request = make_request(method, "/");
    if (!encodings.empty()) {
        request.headers.add("Accept-Encoding", std::move(encodings));
    }
    if (!tags.empty()) {
        request.headers.add("If-None-Match", std::move(tags));
    }
    return request;
}

Response delivered(const Request &request, Response response) {
    prepare_for(request, response);
    return response;
}
} // namespace

TEST_CASE("long text is packed for those who take gzip, with Vary for both") {
    const auto packed = delivered(asking(Method::get, "gzip"), json(200, long_json).with_etag("\"1\""));
    CHECK(packed.headers.find("Content-Encoding") == "gzip");
    CHECK(packed.headers.find("Vary") == "Accept-Encoding");
    CHECK(packed.headers.find("ETag") == "\"1-gzip\"");
    CHECK(packed.body->size() < 200);
    CHECK(gunzip(*packed.body, 10000) == long_json);

    const auto plain = delivered(asking(Method::get), json(200, long_json).with_etag("\"1\""));
    CHECK_FALSE(plain.headers.contains("Content-Encoding"));
    CHECK(plain.headers.find("Vary") == "Accept-Encoding");
    CHECK(plain.headers.find("ETag") == "\"1\"");
    CHECK(plain.text() == long_json);
}

TEST_CASE("who refuses gzip gets the plain body of a route that has both, as it is") {
    const auto packed = std::make_shared<const std::string>(gzip(long_json));
    const auto plain = std::make_shared<const std::string>(long_json);
    const auto both = [&] { return bytes(packed, "text/plain").encoded_as_gzip(plain).with_etag("\"1\""); };
    const auto as_gzip = delivered(asking(Method::get, "gzip"), both());
    CHECK(as_gzip.body == packed);
    CHECK(as_gzip.headers.find("ETag") == "\"1-gzip\"");
    const auto as_plain = delivered(asking(Method::get, "identity"), both());
    CHECK(as_plain.body == plain); // the very same bytes, not a copy
    CHECK(as_plain.headers.find("ETag") == "\"1\"");
    CHECK(as_plain.headers.find("Vary") == "Accept-Encoding");
    CHECK_FALSE(as_plain.headers.contains("Content-Encoding"));
}

TEST_CASE("short text and pictures are left alone") {
    CHECK_FALSE(delivered(asking(Method::get, "gzip"), json(200, "{}")).headers.contains("Vary"));
    CHECK_FALSE(delivered(asking(Method::get, "gzip"), json(200, long_json, "image/png")).headers.contains("Content-Encoding"));
    CHECK_FALSE(delivered(asking(Method::get, "gzip"), bytes(std::make_shared<const std::string>(long_json), "text/plain"))
                    .headers.contains("Content-Encoding"));
    CHECK_FALSE(is_compressible("text/event-stream"));
}

TEST_CASE("a packed tile goes out as it is, or unpacked to a client that refuses gzip") {
    const auto tile = std::make_shared<const std::string>(gzip(long_json));
    const auto answer = [&] { return bytes(tile, "application/vnd.mapbox-vector-tile").encoded_as_gzip().with_etag("\"t\""); };
    const auto packed = delivered(asking(Method::get, "gzip, br"), answer());
    CHECK(packed.body == tile); // the same bytes, not a copy
    CHECK(packed.headers.find("ETag") == "\"t-gzip\"");
    const auto plain = delivered(asking(Method::get), answer());
    CHECK(plain.text() == long_json);
    CHECK(plain.headers.find("ETag") == "\"t\"");
    CHECK_FALSE(plain.headers.contains("Content-Encoding"));
    CHECK(plain.headers.find("Vary") == "Accept-Encoding");
}

TEST_CASE("304 carries ETag, Cache-Control, Vary and Keyaki-Revision, and no body") {
    const auto answer = [] {
        return json(200, long_json).with_etag("\"1\"").with_cache_control("max-age=60").with("Keyaki-Revision", "shelters=12");
    };
    const auto hit = delivered(asking(Method::get, "gzip", "\"0\", \"1-gzip\""), answer());
    CHECK(hit.status == 304);
    CHECK_FALSE(hit.body);
    CHECK(hit.headers.find("ETag") == "\"1-gzip\"");
    CHECK(hit.headers.find("Cache-Control") == "max-age=60");
    CHECK(hit.headers.find("Vary") == "Accept-Encoding");
    CHECK(hit.headers.find("Keyaki-Revision") == "shelters=12");
    CHECK_FALSE(hit.headers.contains("Content-Type"));
    CHECK_FALSE(hit.headers.contains("Content-Encoding"));
    CHECK(delivered(asking(Method::head, {}, "W/\"1\""), answer()).status == 304);
    // The tag of the other coding is another tag.
    CHECK(delivered(asking(Method::get, {}, "\"1-gzip\""), answer()).status == 200);
    CHECK(delivered(asking(Method::post, {}, "\"1\""), answer()).status == 200);
}

TEST_CASE("HEAD keeps the length and loses the body") {
    const auto plain = delivered(asking(Method::head), json(200, long_json));
    CHECK_FALSE(plain.body);
    CHECK(plain.headers.find("Content-Length") == std::to_string(long_json.size()));
    const auto packed = delivered(asking(Method::head, "gzip"), json(200, long_json));
    CHECK(packed.headers.find("Content-Length") == std::to_string(gzip(long_json).size()));
}

TEST_CASE("unpacking is bounded and finds damage") {
    const auto packed = gzip(std::string(100000, 'a'));
    CHECK(gunzip(packed, 100000));
    CHECK_FALSE(gunzip(packed, 99999));
    CHECK_FALSE(gunzip("no gzip at all, but long enough", 100000));
    CHECK_FALSE(gunzip("", 100));
    auto lying = packed; // says 16 bytes, unpacks to more
    lying.replace(lying.size() - 4, 4, std::string("\x10\0\0\0", 4));
    CHECK_FALSE(gunzip(lying, 100000));
}

TEST_CASE("the framing of an answer follows RFC 9112") {
    const auto head = [](const Response &response, Framing framing) { return response_head(response, framing); };
    CHECK_THAT(head(text(200, "ab"), {}), Catch::StartsWith("HTTP/1.1 200 OK\r\nDate: ") && Catch::Contains("\r\nContent-Length: 2\r\n") &&
                                              Catch::EndsWith("\r\n\r\n") && !Catch::Contains("Connection"));
    CHECK_THAT(head(no_content(), {}), !Catch::Contains("Content-Length"));
    CHECK_THAT(head(text(200, ""), {true, false}), Catch::Contains("\r\nConnection: close\r\n") && Catch::Contains("Content-Length: 0"));
    CHECK_THAT(head(text(200, ""), {false, true}), Catch::Contains("\r\nConnection: keep-alive\r\n"));
    const auto forged = text(200, "ab").with("Content-Length", "99").with("Transfer-Encoding", "chunked").with("Connection", "upgrade");
    CHECK_THAT(head(forged, {}),
               Catch::Contains("Content-Length: 2\r\n") && !Catch::Contains("99") && !Catch::Contains("chunked") && !Catch::Contains("upgrade"));
    CHECK_THAT(head(streamed("text/event-stream", [](auto) {}), {}),
               Catch::Contains("Transfer-Encoding: chunked") && !Catch::Contains("Content-Length"));
    CHECK(date_now().size() == 29);
}
