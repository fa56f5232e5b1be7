# MuJoCo from the mujoco-core wheel: imported target mujoco::mujoco.
include(FsPrefix)
set(_lib ${FORESIGHT_PREFIX}/mujoco/libmujoco.so.4.0.1)
fs_require_file(${_lib})
if(NOT TARGET mujoco::mujoco)
  add_library(mujoco::mujoco SHARED IMPORTED)
  set_target_properties(mujoco::mujoco PROPERTIES
    IMPORTED_LOCATION ${_lib}
    INTERFACE_INCLUDE_DIRECTORIES ${FORESIGHT_PREFIX}/mujoco/include)
endif()
set(FsMuJoCo_FOUND TRUE)
