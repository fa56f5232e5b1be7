#include "sim/scene.h"

#include <array>

#include "sim/base/error.h"

namespace foresight {
namespace {

// What a file may ask for; more would take minutes to compile.
constexpr int kMostCharacters = 64;
constexpr std::size_t kMostObjects = 5000;

using nlohmann::json;

constexpr std::array<const char*, 4> kShapeNames{"box", "cylinder", "sphere", "capsule"};
constexpr std::array<mjtGeom, 4> kShapeGeoms{mjGEOM_BOX, mjGEOM_CYLINDER, mjGEOM_SPHERE,
                                             mjGEOM_CAPSULE};

void copy3(double* to, const Eigen::Vector3d& from) {
  for (int i = 0; i < 3; ++i) to[i] = from[i];
}

void add_checker(mjSpec* spec) {
  mjsTexture* texture = mjs_addTexture(spec, nullptr);
  mjs_setName(texture->element, "checker");
  texture->type = mjTEXTURE_2D;
  texture->builtin = mjBUILTIN_CHECKER;
  texture->mark = mjMARK_EDGE;
  texture->width = texture->height = 256;
  const std::array<double, 3> light{0.83, 0.85, 0.88}, dark{0.68, 0.71, 0.76},
      edge{0.6, 0.63, 0.68};
  std::copy(light.begin(), light.end(), texture->rgb1);
  std::copy(dark.begin(), dark.end(), texture->rgb2);
  std::copy(edge.begin(), edge.end(), texture->markrgb);
  mjsMaterial* material = mjs_addMaterial(spec, nullptr);
  mjs_setName(material->element, "floor");
  mjs_setInStringVec(material->textures, mjTEXROLE_RGB, "checker");
  material->texrepeat[0] = material->texrepeat[1] = 1;
  material->texuniform = 1;
}

void add_sky(mjSpec* spec) {
  mjsTexture* sky = mjs_addTexture(spec, nullptr);
  mjs_setName(sky->element, "sky");
  sky->type = mjTEXTURE_SKYBOX;
  sky->builtin = mjBUILTIN_GRADIENT;
  sky->width = 256;
  sky->height = 1536;
  const std::array<double, 3> top{0.36, 0.52, 0.72}, horizon{0.86, 0.9, 0.94};
  std::copy(top.begin(), top.end(), sky->rgb1);
  std::copy(horizon.begin(), horizon.end(), sky->rgb2);
}

void set_grey(float* rgb, float value) { std::fill_n(rgb, 3, value); }

// The sun casts the shadows; the headlight's ambient part is what shadows are lit by.
void add_light(mjSpec* spec) {
  mjsLight* sun = mjs_addLight(mjs_findBody(spec, "world"), nullptr);
  sun->type = mjLIGHT_DIRECTIONAL;
  copy3(sun->pos, {0, 0, 8});
  copy3(sun->dir, Eigen::Vector3d(0.35, 0.5, -1).normalized());
  set_grey(sun->ambient, 0);
  set_grey(sun->diffuse, 0.55F);
  set_grey(sun->specular, 0.25F);
  sun->castshadow = 1;
  set_grey(spec->visual.headlight.ambient, 0.42F);
  set_grey(spec->visual.headlight.diffuse, 0.2F);
  set_grey(spec->visual.headlight.specular, 0.05F);
}

void set_view(mjSpec* spec) {
  mjVisual& visual = spec->visual;
  visual.global.offwidth = 1920;
  visual.global.offheight = 1080;
  visual.quality.shadowsize = 1024;
  visual.quality.numslices = 22;
  visual.quality.numstacks = 12;
  visual.map.zfar = 40;
  visual.map.fogstart = 4;
  visual.map.fogend = 16;
  const std::array<float, 4> horizon{0.86F, 0.9F, 0.94F, 1};
  std::copy(horizon.begin(), horizon.end(), visual.rgba.fog);
  std::copy(horizon.begin(), horizon.end(), visual.rgba.haze);
  spec->stat.extent = 4;
}

void add_floor(mjSpec* spec, double z) {
  mjsGeom* floor = mjs_addGeom(mjs_findBody(spec, "world"), nullptr);
  mjs_setName(floor->element, "floor");
  floor->type = mjGEOM_PLANE;
  floor->size[0] = floor->size[1] = 0;  // endless
  floor->size[2] = 1;
  floor->pos[2] = z;
  floor->contype = 1;
  floor->conaffinity = 2;
  floor->solref[0] = 0.015;
  mjs_setString(floor->material, "floor");
}

void add_object(mjSpec* spec, const SceneObject& object, int index) {
  const std::string name = object.name.empty() ? "object" + std::to_string(index) : object.name;
  mjsBody* body = mjs_addBody(mjs_findBody(spec, "world"), nullptr);
  mjs_setName(body->element, ("scene/" + name).c_str());
  body->mocap = object.moves;
  copy3(body->pos, object.position);
  body->quat[0] = std::cos(0.5 * object.yaw);
  body->quat[3] = std::sin(0.5 * object.yaw);
  mjsGeom* geom = mjs_addGeom(body, nullptr);
  mjs_setName(geom->element, ("scene/" + name).c_str());
  geom->type = kShapeGeoms[static_cast<int>(object.shape)];
  copy3(geom->size, object.size);
  if (object.mass > 0) {
    mjs_addFreeJoint(body);
    geom->mass = object.mass;
  }
  std::copy(object.rgba.data(), object.rgba.data() + 4, geom->rgba);
  // Fixed objects collide with characters (type 2), free ones with everything.
  const bool free = object.mass > 0;
  geom->contype = object.collides ? (free ? 3 : 1) : 0;
  geom->conaffinity = object.collides ? (free ? 3 : 2) : 0;
  geom->solref[0] = 0.015;
}

void attach_character(mjSpec* scene, const Character& character, int which) {
  const SpecPtr copy = parse_mjcf(character.mjcf, character.file);
  mjsFrame* frame = mjs_addFrame(mjs_findBody(scene, "world"), nullptr);
  mjsBody* root = mjs_findBody(copy.get(), character.root_body.c_str());
  const std::string prefix = "c" + std::to_string(which) + "/";
  if (!mjs_attach(frame->element, root->element, prefix.c_str(), "")) {
    throw InternalError(std::string("cannot attach a character: ") + mjs_getError(scene));
  }
}

SpecPtr scene_spec(const Character& character, const Scene& scene) {
  SpecPtr spec = parse_mjcf(character.mjcf, character.file);
  add_checker(spec.get());
  add_sky(spec.get());
  add_light(spec.get());
  set_view(spec.get());
  if (scene.floor) add_floor(spec.get(), scene.floor_z);
  for (int i = 1; i < scene.characters; ++i) attach_character(spec.get(), character, i);
  for (std::size_t i = 0; i < scene.objects.size(); ++i) {
    add_object(spec.get(), scene.objects[i], static_cast<int>(i));
  }
  return spec;
}

ModelPtr compile_spec(mjSpec* spec) {
  ModelPtr model(mj_compile(spec, nullptr));
  if (!model) throw InputError(std::string("the scene does not compile: ") + mjs_getError(spec));
  return model;
}

}  // namespace

ModelPtr compile_scene(const Character& character, const Scene& scene) {
  return compile_spec(scene_spec(character, scene).get());
}

std::string scene_xml(const Character& character, const Scene& scene) {
  const SpecPtr spec = scene_spec(character, scene);
  compile_spec(spec.get());
  std::string xml(1 << 16, '\0');
  std::array<char, 500> error{};
  int missing = 0;
  while ((missing = mj_saveXMLString(spec.get(), xml.data(), static_cast<int>(xml.size()),
                                     error.data(), error.size())) > 0) {
    xml.resize(xml.size() + missing);
  }
  if (missing < 0) throw InternalError(std::string("the scene has no XML: ") + error.data());
  xml.resize(xml.find('\0'));
  return xml;
}

json to_json(const Scene& scene) {
  json objects = json::array();
  for (const SceneObject& o : scene.objects) {
    objects.push_back({{"name", o.name},
                       {"shape", kShapeNames[static_cast<int>(o.shape)]},
                       {"position", {o.position.x(), o.position.y(), o.position.z()}},
                       {"yaw", o.yaw},
                       {"size", {o.size.x(), o.size.y(), o.size.z()}},
                       {"rgba", {o.rgba[0], o.rgba[1], o.rgba[2], o.rgba[3]}},
                       {"collides", o.collides},
                       {"moves", o.moves},
                       {"mass", o.mass}});
  }
  return {{"objects", objects},
          {"floor", scene.floor},
          {"floor_z", scene.floor_z},
          {"characters", scene.characters}};
}

namespace {

template <int N, typename Scalar>
Eigen::Matrix<Scalar, N, 1> vector_from(const json& values) {
  const auto list = values.get<std::array<Scalar, N>>();
  return Eigen::Map<const Eigen::Matrix<Scalar, N, 1>>(list.data());
}

SceneObject::Shape shape_from(const std::string& name) {
  for (std::size_t i = 0; i < kShapeNames.size(); ++i) {
    if (name == kShapeNames[i]) return static_cast<SceneObject::Shape>(i);
  }
  throw InputError("scene object: \"shape\" is \"" + name +
                   "\"; expected box, cylinder, sphere or capsule");
}

SceneObject object_from(const json& j) {
  SceneObject o;
  o.name = j.value("name", "");
  o.shape = shape_from(j.at("shape").get<std::string>());
  o.position = vector_from<3, double>(j.at("position"));
  o.yaw = j.value("yaw", 0.0);
  o.size = vector_from<3, double>(j.at("size"));
  if (j.contains("rgba")) o.rgba = vector_from<4, float>(j["rgba"]);
  o.collides = j.value("collides", true);
  o.moves = j.value("moves", false);
  o.mass = j.value("mass", 0.0);
  return o;
}

}  // namespace

Scene scene_from_json(const json& j) {
  Scene scene;
  try {
    for (const json& object : j.at("objects")) scene.objects.push_back(object_from(object));
    scene.floor = j.value("floor", true);
    scene.floor_z = j.value("floor_z", 0.0);
    scene.characters = j.value("characters", 1);
  } catch (const json::exception& error) {
    throw InputError(std::string("scene: ") + error.what());
  }
  if (scene.characters < 1 || scene.characters > kMostCharacters) {
    throw InputError("scene: \"characters\" must be from 1 to " + std::to_string(kMostCharacters));
  }
  if (scene.objects.size() > kMostObjects) {
    throw InputError("scene: has more than " + std::to_string(kMostObjects) + " objects");
  }
  return scene;
}

}  // namespace foresight
